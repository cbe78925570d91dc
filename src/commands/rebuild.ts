import { setTimeout as delay } from 'node:timers/promises';
import { createEventRecorder } from '../activity/recorder.ts';
import { createConfiguredEmbedders } from '../embedding/configured.ts';
import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { cabinetExists, listActiveCabinetIds } from '../cabinets/queries.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { AppError } from '../errors.ts';
import { createEvents } from '../events.ts';
import { createConfiguredIndexing } from '../indexing/configured.ts';
import { readRebuild, type Rebuild } from '../indexing/rebuild/queries.ts';
import {
  ensureRebuildJob,
  requestRebuild,
  type RequestedRebuild,
  type RequestRebuildDeps,
} from '../indexing/rebuild/request-rebuild.ts';
import { rollBackModel } from '../indexing/rebuild/rollback.ts';
import { requestRebuildOfAll } from '../indexing/rebuild/weekly.ts';
import { readIndexRun, type IndexRun } from '../indexing/status.ts';
import { snakeCased, type SnakeCased } from '../snake-case.ts';
import { createJobs } from '../jobs/jobs.ts';
import { createServiceStack } from '../lifecycle.ts';
import { silentLog } from '../log.ts';
import { openDatabases } from './databases.ts';
import { readConfig } from './environment.ts';
import { createRebuildProgress, type RebuildProgress } from './rebuild-progress.ts';
import { parseCabinet } from './status.ts';

export interface RebuildOptions {
  all?: true;
  /** Embeds every text anew. */
  reembed?: true;
  /** Goes back to the previous model. */
  rollback?: true;
  json?: true;
}

const POLL_MS = 200;
/** A job that is missing (its process died between two statements) is sent again; nothing else looks after it here. */
const ENSURE_JOB_MS = 5_000;
/** Somebody waits for the prompt; a slice that is cut off is gone on with from where it began. */
const STOP_MS = 2_000;

/**
 * Rebuilds one cabinet or all, and follows it to the end. Works along with the service, and alone when there is none.
 * Resolves to the exit code.
 */
export async function rebuild(cabinet: string | undefined, options: RebuildOptions): Promise<number> {
  const cabinetId = cabinetOf(cabinet, options);
  const config = readConfig();
  if (!config.RAG_ENABLED) {
    throw new AppError(
      'config_invalid',
      'RAG_ENABLED is false, so nothing is indexed. Set it to true, or for this once: RAG_ENABLED=true npx wb-assist rebuild …',
    );
  }
  const log = silentLog();
  const databases = await openDatabases(config, log, { maxConnections: config.DATABASE_POOL_SIZE });
  const { main, vector } = databases;
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupted.abort());
  const progress = createRebuildProgress({ quiet: options.json === true });
  const stack = createServiceStack(log);
  const jobs = createJobs({
    connectionString: main.connectionString,
    maxConnections: 3 + config.RAG_WORKER_CONCURRENCY,
    supervise: true,
    // The schedules belong to the service, which may have another configuration.
    schedules: undefined,
    log,
  });
  const embedders = createConfiguredEmbedders(config, log);
  try {
    if (cabinetId !== undefined && !(await cabinetExists(main.pool, cabinetId)))
      throw cabinetNotFound(cabinetId);
    const events = createEvents();
    await stack.start(createEventRecorder({ main, events, log }));
    await stack.start(jobs);
    const deps = { main, vector, jobs, log };
    const configured = embedders.configured.model;
    const requested = await request(deps, cabinetId, options, configured, progress);
    const indexing = createConfiguredIndexing(config, { ...deps, embedders, events });
    if (requested.length > 0) await stack.start(indexing.worker);
    const ended = await follow(deps, requested, progress, interrupted.signal);
    if (options.json === true) console.log(JSON.stringify(ended, undefined, 2));
    return ended.some(({ status }) => status === 'failed') ? 1 : 0;
  } catch (error) {
    if (!interrupted.signal.aborted) throw toDatabaseError(error, main.label);
    progress.stop();
    console.error(
      '\nInterrupted. What is done stays; the service goes on with the rest (npm start), and so does this command.',
    );
    return 130;
  } finally {
    progress.stop();
    await stack.stop(STOP_MS);
    await databases.close();
  }
}

function cabinetOf(cabinet: string | undefined, { all }: RebuildOptions): number | undefined {
  if ((cabinet === undefined) === (all === undefined))
    throw new AppError(
      'invalid_request',
      'Say which cabinet, or --all for every active one, for example: wb-assist rebuild 1',
    );
  return cabinet === undefined ? undefined : parseCabinet(cabinet);
}

async function request(
  deps: RequestRebuildDeps,
  cabinetId: number | undefined,
  { reembed, rollback }: RebuildOptions,
  configuredModel: string,
  progress: RebuildProgress,
): Promise<RequestedRebuild[]> {
  if (rollback === true) {
    const cabinets = cabinetId === undefined ? await listActiveCabinetIds(deps.main.pool) : [cabinetId];
    if (cabinets.length === 0) progress.say('There is no active cabinet.');
    return rollBack(deps, cabinets, progress);
  }
  const reembedBy = reembed === true ? configuredModel : undefined;
  const requested =
    cabinetId === undefined
      ? await requestRebuildOfAll(deps, 'command', reembedBy)
      : [await requestRebuild(deps, cabinetId, { trigger: 'command', reembedBy })];
  if (requested.length === 0) progress.say('There is no active cabinet, so nothing is to be rebuilt.');
  for (const {
    rebuild: { cabinetId: id, model },
    joined,
  } of requested) {
    if (joined) progress.say(`Cabinet ${id}: a rebuild is under way already; this is how far it is.`);
    if (model !== null)
      progress.say(`Cabinet ${id}: embedding by ${model}; searches change to it when all is done.`);
  }
  return requested;
}

async function rollBack(
  deps: RequestRebuildDeps,
  cabinets: readonly number[],
  progress: RebuildProgress,
): Promise<RequestedRebuild[]> {
  const requested: RequestedRebuild[] = [];
  for (const cabinetId of cabinets) {
    const rollback = await rollBackModel(deps, cabinetId);
    switch (rollback.status) {
      case 'impossible':
        if (cabinets.length === 1)
          throw new AppError(
            'invalid_request',
            `Cabinet ${cabinetId} has no previous model to go back to: its model never changed, or that was more than 30 days ago.`,
          );
        progress.say(`Cabinet ${cabinetId}: no previous model to go back to.`);
        break;
      case 'done':
        progress.say(
          `Cabinet ${cabinetId}: searches compare ${rollback.model} already, gone back to from ${rollback.refused}. To take that up again: wb-assist rebuild ${cabinetId} --reembed`,
        );
        break;
      case 'cancelled':
        progress.say(
          `Cabinet ${cabinetId}: the change to ${rollback.refused} is given up; searches stay with ${rollback.model}.`,
        );
        break;
      case 'requested':
        progress.say(
          `Cabinet ${cabinetId}: going back from ${rollback.refused} to ${rollback.model}, as soon as what changed since is embedded by it.`,
        );
        requested.push(rollback.requested);
    }
  }
  return requested;
}

/** How a rebuild ended, for `--json`. `removed`: its cabinet is gone, and with it every record. */
interface EndedRebuild {
  cabinet_id: number;
  rebuild_id: number;
  status: 'completed' | 'failed' | 'removed';
  error: string | null;
  drift: Rebuild['drift'];
  rows: number;
  run: SnakeCased<IndexRun> | null;
}

/** Shows how far they are until all have ended. */
async function follow(
  deps: RequestRebuildDeps,
  requested: readonly RequestedRebuild[],
  progress: RebuildProgress,
  signal: AbortSignal,
): Promise<EndedRebuild[]> {
  const ended: EndedRebuild[] = [];
  const open = new Map(requested.map(({ rebuild: opened }) => [opened.id, opened]));
  let ensuredAt = performance.now();
  while (open.size > 0) {
    await delay(POLL_MS, undefined, { signal });
    const ensure = performance.now() - ensuredAt > ENSURE_JOB_MS;
    if (ensure) ensuredAt = performance.now();
    for (const before of open.values()) {
      const now = await readRebuild(deps.vector.pool, before.cabinetId, before.id);
      if (now === undefined || now.finishedAt !== null) {
        open.delete(before.id);
        ended.push(await describeEnd(deps, now, before, progress));
      } else {
        open.set(before.id, now);
        if (ensure) await ensureRebuildJob(deps, now);
      }
    }
    progress.show([...open.values()]);
  }
  return ended;
}

async function describeEnd(
  { vector }: RequestRebuildDeps,
  now: Rebuild | undefined,
  before: Rebuild,
  progress: RebuildProgress,
): Promise<EndedRebuild> {
  const run =
    now === undefined || now.runId === null
      ? null
      : ((await readIndexRun(vector.pool, now.cabinetId, now.runId)) ?? null);
  progress.sayEnd(now, before, run);
  return {
    cabinet_id: before.cabinetId,
    rebuild_id: Number(before.id),
    status: now === undefined ? 'removed' : now.status === 'failed' ? 'failed' : 'completed',
    error: now?.error ?? null,
    drift: now?.drift ?? {},
    rows: now?.rowsDone ?? 0,
    run: run && snakeCased(run),
  };
}
