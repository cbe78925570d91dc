import { AppError } from '../../errors.ts';
import { deleteDeadSlices, findDeadJob, listDeadJobs, takeDeadJobs } from '../../jobs/dead-jobs-queries.ts';
import { hasJobTables } from '../../jobs/queries.ts';
import { ragIndexPayloadSchema, type RagIndexPayload } from '../../jobs/queues.ts';
import { SOURCE_NAMES, tableOf, type ChangedIds } from '../../source-tables.ts';
import { readModelStates } from '../models.ts';
import { readLastRebuilds, readRebuild, type Rebuild } from '../rebuild/queries.ts';
import { requestRebuild, type RequestRebuildDeps } from '../rebuild/request-rebuild.ts';
import { jobId, parseFailureId, rowId, type FailureCounts } from './failure.ts';
import {
  forgetCutVectors,
  listRefusedRows,
  lockIndexOfCabinet,
  unparkRows,
  type RefusedRowKey,
} from './queries.ts';

export interface RetryDeps extends RequestRebuildDeps {
  /** Queues an incremental run of these rows. */
  requestIndexing(cabinetId: number, changedIds: ChangedIds): Promise<unknown>;
  /** Who asks for the retry. */
  trigger: 'request' | 'command';
}

export interface Retried {
  /** How many were sent again. */
  sent: FailureCounts;
  /** The failures that stay as they are, and why. */
  kept: { id: string; reason: string }[];
}

type DeadPayload = Awaited<ReturnType<typeof takeDeadJobs>>[number];

/** Read, and sent again, at a time. */
const PAGE = 1000;

/** Tries one failure again. Throws `failure_not_found` when nothing that failed has this id, any more or at all. */
export async function retryFailure(deps: RetryDeps, id: string): Promise<Retried> {
  const key = parseFailureId(id);
  const retried = nothingRetried();
  if (key?.kind === 'row') await retryRows(deps, [key], retried);
  else if (key?.kind === 'job') {
    const job = (await hasJobTables(deps.main.pool))
      ? await findDeadJob(deps.main.pool, key.jobId)
      : undefined;
    if (job !== undefined) await retryJobs(deps, [job], retried);
  } else if (key !== undefined) {
    const rebuild = (await readFailedRebuilds(deps)).find((failed) => failed.id === key.rebuildId);
    if (rebuild !== undefined) await retryRebuild(deps, rebuild, retried);
  }
  const { row, job, rebuild } = retried.sent;
  if (row + job + rebuild + retried.kept.length === 0)
    throw new AppError(
      'failure_not_found',
      'Nothing that failed has this id; maybe it was retried, or indexed since. GET /v1/rag/failures and wb-assist failures list what there is.',
    );
  return retried;
}

/** Tries everything again that failed, of all cabinets or of one. What fails meanwhile may be among it or not. */
export async function retryAllFailures(deps: RetryDeps, cabinetId?: number): Promise<Retried> {
  const { main, vector } = deps;
  const retried = nothingRetried();
  if (await hasJobTables(main.pool)) {
    let after: { createdAt: string; jobId: string } | undefined;
    for (let size = PAGE; size === PAGE;) {
      const jobs = await listDeadJobs(main.pool, cabinetId, after, PAGE);
      await retryJobs(deps, jobs, retried);
      const last = jobs.at(-1);
      after = last && { createdAt: last.createdAtText, jobId: last.id };
      size = jobs.length;
    }
  }
  // After the jobs: a slice among them had its rebuild begun anew.
  for (const rebuild of await readFailedRebuilds(deps, cabinetId)) await retryRebuild(deps, rebuild, retried);
  let after: RefusedRowKey | undefined;
  for (let size = PAGE; size === PAGE;) {
    const rows = await listRefusedRows(vector.pool, cabinetId, after, PAGE);
    await retryRows(deps, rows, retried);
    after = rows.at(-1);
    size = rows.length;
  }
  return retried;
}

/**
 * The attempts start anew before the job is sent: when this process dies in between, the rows are tried by the next
 * comparison, and are on the list until then. The other way round the job could find them parked still.
 */
async function retryRows(deps: RetryDeps, rows: readonly RefusedRowKey[], retried: Retried): Promise<void> {
  for (const [cabinetId, keys] of Map.groupBy(rows, (row) => row.cabinetId)) {
    const unparked = await deps.vector.transaction(async (client) => {
      await lockIndexOfCabinet(client, cabinetId);
      const refused = await unparkRows(client, cabinetId, keys);
      const cut = await forgetCutVectors(client, cabinetId, keys);
      return [...new Map([...refused, ...cut].map((row) => [rowId({ cabinetId, ...row }), row])).values()];
    });
    const changedIds: ChangedIds = {};
    let sent = 0;
    for (const { sourceTable, sourceId } of unparked) {
      const source = SOURCE_NAMES.find((name) => tableOf(name) === sourceTable);
      if (source === undefined) {
        const reason = `This version knows no table ${sourceTable}.`;
        retried.kept.push({ id: rowId({ cabinetId, sourceTable, sourceId }), reason });
        continue;
      }
      (changedIds[source] ??= []).push(Number(sourceId));
      sent += 1;
    }
    if (sent > 0) await deps.requestIndexing(Number(cabinetId), changedIds);
    retried.sent.row += sent;
  }
}

async function retryJobs(deps: RetryDeps, jobs: readonly DeadPayload[], retried: Retried): Promise<void> {
  const ids: string[] = [];
  for (const { id, data } of jobs) {
    const parsed = ragIndexPayloadSchema.safeParse(data);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      const reason = `It cannot be read, so it would only fail again: ${problems.join('; ')}`;
      retried.kept.push({ id: jobId(id), reason });
    } else if (parsed.data.rebuild === undefined) ids.push(id);
    else retried.sent.job += await retrySlice(deps, parsed.data.cabinet_id, parsed.data.rebuild.id);
  }
  retried.sent.job += await resend(deps, ids);
}

/** Deletes dead jobs and sends what they carried, or does neither. Those that somebody else retried meanwhile do not count. */
async function resend({ main, jobs, log }: RetryDeps, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const sent = await main.transaction(async (client) => {
    const taken = await takeDeadJobs(client, ids);
    if (taken.length === 0) return 0;
    // As it was, but for the count: a newer version may have put in more than this one knows.
    const payloads = taken.map(({ data }) => ({ ...(data as RagIndexPayload), failures: undefined }));
    await jobs.sendRagIndex(payloads, { executor: client });
    return taken.length;
  });
  log.info({ jobs: sent }, `${sent} dead jobs of rag-index are sent again`);
  return sent;
}

/** A slice alone is of no use: its rebuild was given up with it. A new one begins at the first row, and pays for no row again. */
async function retrySlice(deps: RetryDeps, cabinetId: number, id: string): Promise<number> {
  const rebuild = await readRebuild(deps.vector.pool, cabinetId, id);
  await requestRebuild(deps, cabinetId, {
    trigger: deps.trigger,
    model: rebuild && (await modelToComplete(deps, rebuild)),
  });
  return deleteDeadSlices(deps.main.pool, cabinetId, id);
}

async function retryRebuild(deps: RetryDeps, rebuild: Rebuild, retried: Retried): Promise<void> {
  const { cabinetId, id } = rebuild;
  const model = await modelToComplete(deps, rebuild);
  await requestRebuild(deps, cabinetId, { trigger: deps.trigger, model });
  if (await hasJobTables(deps.main.pool)) await deleteDeadSlices(deps.main.pool, cabinetId, id);
  retried.sent.rebuild += 1;
}

/** The change of the model that a failed rebuild was part of, unless it was called off since. */
async function modelToComplete(
  { vector }: RetryDeps,
  { cabinetId, model, startedAt }: Rebuild,
): Promise<string | undefined> {
  if (model === null) return undefined;
  const [state] = await readModelStates(vector.pool, cabinetId);
  const isWanted = startedAt === null ? state?.rolledBackFrom !== model : state?.nextModel === model;
  return isWanted ? model : undefined;
}

async function readFailedRebuilds({ vector }: RetryDeps, cabinetId?: number): Promise<Rebuild[]> {
  return (await readLastRebuilds(vector.pool, cabinetId)).filter(({ status }) => status === 'failed');
}

function nothingRetried(): Retried {
  return { sent: { rebuild: 0, job: 0, row: 0 }, kept: [] };
}
