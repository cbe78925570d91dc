import { createEventRecorder } from '../activity/recorder.ts';
import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { cabinetExists } from '../cabinets/queries.ts';
import { requestIndexing } from '../changes/request-indexing.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { AppError } from '../errors.ts';
import { createEvents } from '../events.ts';
import { toFailureAnswer } from '../http/routes/rag-failures.ts';
import type { Failure, FailureCounts } from '../indexing/failures/failure.ts';
import { countFailures, listFailures, type FailurePage } from '../indexing/failures/list.ts';
import { retryAllFailures, retryFailure } from '../indexing/failures/retry.ts';
import { createJobs } from '../jobs/jobs.ts';
import { silentLog } from '../log.ts';
import { openDatabases, type OpenDatabases } from './databases.ts';
import { readConfig } from './environment.ts';
import { parseCabinet } from './status.ts';

/** More than anybody reads; the HTTP API has them page by page. */
const MAX_SHOWN = 1000;

/** Shows what could not be indexed, of all cabinets or of one. */
export async function failures(cabinet: string | undefined, options: { json?: true }): Promise<void> {
  const cabinetId = cabinet === undefined ? undefined : parseCabinet(cabinet);
  const databases = await openDatabases(readConfig(), silentLog());
  try {
    const counts = await countFailures(databases, cabinetId);
    const page = await listFailures(databases, { cabinetId, limit: MAX_SHOWN });
    if (page.failures.length === 0 && cabinetId !== undefined) await requireCabinet(databases, cabinetId);
    if (options.json === true) console.log(JSON.stringify(toJson(page, counts), undefined, 2));
    else print(page, counts, cabinetId);
  } catch (error) {
    throw toDatabaseError(error, 'The database');
  } finally {
    await databases.close();
  }
}

/** Tries one again, or all. Resolves to the exit code. */
export async function retryFailures(
  id: string | undefined,
  options: { all?: true; cabinet?: string },
): Promise<number> {
  if (
    (id === undefined) === (options.all === undefined) ||
    (id !== undefined && options.cabinet !== undefined)
  )
    throw new AppError(
      'invalid_request',
      'Say what to retry: wb-assist failures retry <id>, or wb-assist failures retry --all [--cabinet <id>].',
    );
  const cabinetId = options.cabinet === undefined ? undefined : parseCabinet(options.cabinet);
  const config = readConfig();
  const log = silentLog();
  const databases = await openDatabases(config, log);
  const { main, vector } = databases;
  const connectionString = main.connectionString;
  const jobs = createJobs({ connectionString, maxConnections: 2, supervise: false, schedules: [], log });
  const events = createEvents();
  const recorder = createEventRecorder({ main, events, log });
  try {
    await jobs.start();
    await recorder.start();
    const deps = {
      ...{ main, vector, jobs, log, trigger: 'command' as const },
      requestIndexing: (of: number, changedIds: Parameters<typeof requestIndexing>[2]) =>
        requestIndexing({ jobs, events, log }, of, changedIds, config.RAG_BATCH_MAX_IDS),
    };
    const { sent, kept } =
      id === undefined ? await retryAllFailures(deps, cabinetId) : await retryFailure(deps, id);
    const total = sent.rebuild + sent.job + sent.row;
    const when = config.RAG_ENABLED ? '' : ' as soon as RAG_ENABLED is true';
    if (total > 0) console.log(`Tried again${when}: ${describeCounts(sent)}.`);
    else if (kept.length === 0) console.log('Nothing failed, so there is nothing to try again.');
    for (const { id: keptId, reason } of kept) console.log(`${keptId} stays as it is. ${reason}`);
    return kept.length === 0 ? 0 : 1;
  } catch (error) {
    throw toDatabaseError(error, main.label);
  } finally {
    await jobs.stop(5_000);
    await recorder.stop(1_000);
    await databases.close();
  }
}

async function requireCabinet({ main }: OpenDatabases, cabinetId: number): Promise<void> {
  if (!(await cabinetExists(main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
}

function print(
  { failures: list, nextAfter }: FailurePage,
  counts: FailureCounts,
  cabinetId: number | undefined,
): void {
  if (list.length === 0) {
    console.log('Nothing failed.');
    return;
  }
  for (const failure of list) {
    console.log(failure.id);
    console.log(`   ${describe(failure)}: ${failure.reason}`);
    console.log(`   ${remedyOf(failure)}`);
  }
  const only = cabinetId === undefined ? '' : ` --cabinet ${cabinetId}`;
  if (nextAfter !== undefined) console.log(`Only the first ${MAX_SHOWN} are shown.`);
  console.log(`Failed: ${describeCounts(counts)}. To retry all: wb-assist failures retry --all${only}`);
}

function describe(failure: Failure): string {
  const { kind, cabinetId, changedIds, rebuildId, attempts, model, updatedAt } = failure;
  const cabinet = cabinetId === null ? 'of an unknown cabinet' : `of cabinet ${cabinetId}`;
  const since = failure.since.toISOString();
  if (kind === 'rebuild') return `full rebuild ${cabinet}, given up ${since}`;
  if (kind === 'job') {
    const what =
      rebuildId !== null
        ? `a slice of rebuild:${rebuildId}`
        : changedIds === null
          ? 'a job'
          : `${changedIds} changed ids`;
    return `${what} ${cabinet}, given up ${since}${attempts === null ? '' : ` after ${count(attempts, 'attempt')}`}`;
  }
  if (attempts === null) return `embedded in part by ${model ?? 'the provider'} since ${since}`;
  const times =
    attempts === 0
      ? 'being tried again'
      : `${count(attempts, 'attempt')}, the last ${updatedAt.toISOString()}`;
  return `refused by ${model ?? 'the provider'} since ${since}, ${times}`;
}

function remedyOf({ kind, id, parked }: Failure): string {
  const retry = `wb-assist failures retry ${id}`;
  if (kind !== 'row') return `Mend the reason, then: ${retry}`;
  return parked
    ? `Not tried again until its text changes, or: ${retry}`
    : `Tried again by the next comparison of the cabinet, or now: ${retry}`;
}

function describeCounts({ rebuild, job, row }: FailureCounts): string {
  return [count(rebuild, 'rebuild'), count(job, 'dead job'), count(row, 'row')]
    .filter((part) => part !== '')
    .join(', ');
}

function count(number: number, word: string): string {
  return number === 0 ? '' : `${number} ${word}${number === 1 ? '' : 's'}`;
}

function toJson({ failures: list, nextAfter }: FailurePage, counts: FailureCounts) {
  return { failures: list.map(toFailureAnswer), counts, complete: nextAfter === undefined };
}
