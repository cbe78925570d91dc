import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { getCabinet, listCabinets } from '../cabinets/queries.ts';
import { readOutboxLag } from '../changes/queries.ts';
import { AppError } from '../errors.ts';
import { readOpenRebuilds, type Rebuild } from '../indexing/rebuild/queries.ts';
import { countFailures } from '../indexing/failures/list.ts';
import { readIndexStatuses } from '../indexing/status.ts';
import { countUnfinishedJobs, hasJobTables } from '../jobs/queries.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../jobs/queues.ts';
import { silentLog } from '../log.ts';
import { snakeCased } from '../snake-case.ts';
import { findLastRuns } from '../wildberries/sync/queries.ts';
import type { SyncRun } from '../wildberries/sync/sync-run.ts';
import { openDatabases } from './databases.ts';
import { readConfig } from './environment.ts';

/** More than anybody reads on a terminal; one of them can be asked for by its id. */
const MAX_CABINETS = 1000;

export async function status(cabinet: string | undefined, options: { json?: true }): Promise<void> {
  const only = cabinet === undefined ? undefined : parseCabinet(cabinet);
  const databases = await openDatabases(readConfig(), silentLog());
  const { main, vector } = databases;
  try {
    const outbox = await readOutboxLag(main.pool);
    const hasJobs = await hasJobTables(main.pool);
    const jobs = hasJobs ? await countUnfinishedJobs(main.pool, RAG_INDEX_QUEUE) : 0;
    const dead = hasJobs ? await countUnfinishedJobs(main.pool, RAG_INDEX_DEAD_QUEUE) : 0;
    const failures = await countFailures(databases, only);
    const statuses = new Map((await readIndexStatuses(vector.pool)).map((row) => [row.cabinetId, row]));
    const rebuilds = await readOpenRebuilds(vector.pool);
    const all =
      only === undefined
        ? await listCabinets(main.pool, { afterId: 0, limit: MAX_CABINETS })
        : [await getCabinet(main.pool, only)];
    const known = all.filter((row) => row !== undefined);
    const runs = await findLastRuns(
      main.pool,
      known.map(({ id }) => id),
    );
    const syncs = new Map(runs.map((run) => [run.cabinetId, run]));
    const cabinets = known.map(({ id, name, isActive, lastSyncAt }) => ({
      ...{ id, name, is_active: isActive, last_sync_at: lastSyncAt, sync: describeSync(syncs.get(id)) },
      index: statuses.get(id) ?? null,
      rebuild: describeRebuild(rebuilds.find((rebuild) => rebuild.cabinetId === id)),
    }));
    if (only !== undefined && cabinets.length === 0) {
      throw cabinetNotFound(only);
    }
    if (options.json) {
      console.log(
        JSON.stringify(
          {
            outbox: { changes: outbox.changes, oldest_seconds: outbox.oldestSeconds },
            jobs,
            dead_jobs: dead,
            failures,
            cabinets: cabinets.map((cabinet) => ({
              ...cabinet,
              index: cabinet.index && snakeCased(cabinet.index),
            })),
          },
          undefined,
          2,
        ),
      );
      return;
    }
    for (const { id, name, is_active, index, rebuild, sync, last_sync_at } of cabinets) {
      console.log(`${id}  ${name}${is_active ? '' : ' (inactive)'}`);
      console.log(
        index === null
          ? '   never indexed'
          : `   ${index.indexingStatus}, ${index.totalChunks} chunks, last change indexed ${index.lastIncrementalAt?.toISOString() ?? 'never'}, last full rebuild ${index.lastIndexedAt?.toISOString() ?? 'never'}`,
      );
      if (index?.lastError) console.log(`   last error: ${index.lastError}`);
      if (rebuild !== null) {
        const until =
          rebuild.next_attempt_at === null ? '' : `, waits until ${rebuild.next_attempt_at.toISOString()}`;
        console.log(
          `   full rebuild (${rebuild.trigger}): ${rebuild.rows_done} of ${rebuild.rows_total ?? '?'} rows${until}`,
        );
      }
      if (sync !== null) {
        const until = sync.next_attempt_at === null ? '' : ` until ${sync.next_attempt_at.toISOString()}`;
        console.log(
          `   sync with Wildberries: ${sync.status}${until}, last ${last_sync_at?.toISOString() ?? 'never'}`,
        );
        if (sync.error !== null) console.log(`   sync: ${sync.error}`);
      }
    }
    if (cabinets.length === 0) console.log('No cabinets yet.');
    const age = outbox.oldestSeconds === null ? '' : ` (oldest ${outbox.oldestSeconds.toFixed(1)} s)`;
    console.log(`Waiting: ${outbox.changes} changes${age}, ${jobs} jobs; dead jobs: ${dead}`);
    const failed = failures.rebuild + failures.job + failures.row;
    if (failed > 0) console.log(`Failed: ${failed}; what and why: wb-assist failures`);
  } finally {
    await databases.close();
  }
}

/** The last run, in the names of the HTTP API's answer; null: there was none. */
function describeSync(run: SyncRun | undefined) {
  if (run === undefined) return null;
  const { status, errorMessage, nextAttemptAt, startedAt, finishedAt } = run;
  return {
    status,
    error: errorMessage,
    next_attempt_at: nextAttemptAt,
    started_at: startedAt,
    finished_at: finishedAt,
  };
}

/** The open rebuild, in the names of the HTTP API's answer; null: there is none. */
function describeRebuild(rebuild: Rebuild | undefined) {
  if (rebuild === undefined) return null;
  const { id, trigger, model, rowsDone, rowsTotal, error, nextAttemptAt, requestedAt } = rebuild;
  return {
    id: Number(id),
    trigger,
    model,
    rows_done: rowsDone,
    rows_total: rowsTotal,
    error,
    next_attempt_at: nextAttemptAt,
    requested_at: requestedAt,
  };
}

export function parseCabinet(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new AppError(
      'invalid_request',
      `"${text}" is not the id of a cabinet: it is a whole number, see: wb-assist status`,
    );
  return id;
}
