import type { Executor } from '../../database/pool.ts';
import type { PartName } from './parts.ts';
import type { PartLog, PartStatus, RunStatus, RunTrigger, SyncRun } from './sync-run.ts';
import type { WriteCounts } from './parts/upsert.ts';

const RUN_COLUMNS = `id::text as id, cabinet_id::float8 as "cabinetId", trigger, status, error_message as "errorMessage",
  next_attempt_at as "nextAttemptAt", started_at as "startedAt", finished_at as "finishedAt"`;

const FIND_OPEN_RUN = `
select ${RUN_COLUMNS} from public.wb_sync_runs where cabinet_id = $1::bigint and status in ('running', 'waiting')`;

/** The run of a cabinet that is not finished. */
export async function findOpenRun(executor: Executor, cabinetId: number): Promise<SyncRun | undefined> {
  return (await executor.query<SyncRun>(FIND_OPEN_RUN, [cabinetId])).rows[0];
}

/** A run of which nobody renews the lease is not running, whatever its row says: its process died. */
const IS_ORPHANED = `r.status = 'running' and not exists (
    select from public.wb_sync_leases l where l.cabinet_id = r.cabinet_id and l.expires_at > clock_timestamp()
  )`;

const FIND_LAST_RUNS = `
select last_run.* from unnest($1::bigint[]) as given (cabinet_id)
cross join lateral (
  select ${RUN_COLUMNS}, ${IS_ORPHANED} as orphaned
  from public.wb_sync_runs r where r.cabinet_id = given.cabinet_id order by r.id desc limit 1
) last_run`;

const ORPHANED = 'The process that did it has gone. A worker goes on with it, if one runs.';

/** The last run of each of these cabinets, as it really stands; of one that had none, nothing. */
export async function findLastRuns(executor: Executor, cabinetIds: readonly number[]): Promise<SyncRun[]> {
  const { rows } = await executor.query<SyncRun & { orphaned: boolean }>(FIND_LAST_RUNS, [cabinetIds]);
  return rows.map(({ orphaned, ...run }) =>
    orphaned ? { ...run, status: 'waiting', errorMessage: run.errorMessage ?? ORPHANED } : run,
  );
}

export async function findLastRun(executor: Executor, cabinetId: number): Promise<SyncRun | undefined> {
  return (await findLastRuns(executor, [cabinetId]))[0];
}

const CREATE_RUN = `
with run as (
  insert into public.wb_sync_runs (cabinet_id, trigger, status) values ($1::bigint, $2::text, 'running')
  returning *
), parts as (
  insert into public.wb_sync_logs (run_id, cabinet_id, sync_type, status)
  select run.id, run.cabinet_id, part, 'pending' from run cross join unnest($3::text[]) as part
)
select ${RUN_COLUMNS} from run`;

/** Not idempotent, but refused by a unique index while the cabinet has an open run. */
export async function createRun(
  executor: Executor,
  cabinetId: number,
  trigger: RunTrigger,
  parts: readonly PartName[],
): Promise<SyncRun> {
  return (await executor.query<SyncRun>(CREATE_RUN, [cabinetId, trigger, parts])).rows[0]!;
}

const CONTINUE_RUN = `
update public.wb_sync_runs set status = 'running', next_attempt_at = null, error_message = null where id = $1::bigint`;

/** Idempotent. */
export async function continueRun(executor: Executor, runId: string): Promise<void> {
  await executor.query(CONTINUE_RUN, [runId]);
}

const END_RUN = `
with run as (
  update public.wb_sync_runs
  set status = $2::text, error_message = $3::text, next_attempt_at = $4::timestamptz,
      finished_at = case when $2::text = 'waiting' then null else clock_timestamp() end
  where id = $1::bigint
  returning cabinet_id
), left_over as (
  update public.wb_sync_logs
  set status = 'failed', error_message = $3::text, next_attempt_at = null, position = null,
      completed_at = clock_timestamp()
  where run_id = $1::bigint and status in ('pending', 'running', 'waiting')
    and $2::text in ('completed', 'partial', 'failed')
)
update public.wb_cabinets c set last_sync_at = clock_timestamp()
from run where c.id = run.cabinet_id and $2::text in ('completed', 'partial')`;

/**
 * Records how a run ended, or that it waits; a run that brought something is the cabinet's last sync. Parts that an ended
 * run did not come to end with it.
 */
export async function endRun(
  executor: Executor,
  runId: string,
  end: { status: RunStatus; errorMessage: string | null; nextAttemptAt: Date | null },
): Promise<void> {
  await executor.query(END_RUN, [runId, end.status, end.errorMessage, end.nextAttemptAt]);
}

const PART_COLUMNS = `l.sync_type as part, l.status, l.records_processed::float8 as processed,
  l.records_created::float8 as created, l.records_updated::float8 as updated, l.records_errors::float8 as errors,
  l.error_message as "errorMessage", l.attempts, l.next_attempt_at as "nextAttemptAt", l.position,
  l.started_at as "startedAt", l.completed_at as "completedAt"`;

const READ_PARTS = `select ${PART_COLUMNS} from public.wb_sync_logs l where l.run_id = $1::bigint order by l.id`;

export async function readParts(executor: Executor, runId: string): Promise<PartLog[]> {
  return (await executor.query<PartLog>(READ_PARTS, [runId])).rows;
}

const READ_LAST_PARTS = `
select ${PART_COLUMNS}
from unnest($2::text[]) with ordinality as part (name, place)
cross join lateral (
  select * from public.wb_sync_logs
  where cabinet_id = $1::bigint and sync_type = part.name and run_id is not null and status <> 'pending'
  order by id desc limit 1
) l
order by part.place`;

/** What each of these parts did when it last did anything, whichever run that was, in the order given. */
export async function readLastParts(
  executor: Executor,
  cabinetId: number,
  parts: readonly PartName[],
): Promise<PartLog[]> {
  return (await executor.query<PartLog>(READ_LAST_PARTS, [cabinetId, parts])).rows;
}

const START_PART = `
update public.wb_sync_logs
set status = 'running', next_attempt_at = null, error_message = null,
    started_at = case when status = 'pending' then clock_timestamp() else started_at end
where run_id = $1::bigint and sync_type = $2::text`;

export async function startPart(executor: Executor, runId: string, part: PartName): Promise<void> {
  await executor.query(START_PART, [runId, part]);
}

const ADD_TO_PART = `
update public.wb_sync_logs
set records_processed = records_processed + $3::bigint, records_created = records_created + $4::bigint,
    records_updated = records_updated + $5::bigint, records_errors = records_errors + $6::bigint,
    position = case when $8::boolean then $7::jsonb else position end,
    attempts = case when $9::boolean then 0 else attempts end
where run_id = $1::bigint and sync_type = $2::text`;

/** Adds to the counts of a part, and keeps where it is when `position` is given. `isFurther` takes back its failures. */
export async function addToPart(
  executor: Executor,
  runId: string,
  part: PartName,
  counts: WriteCounts & { processed: number; errors: number },
  position: { value: unknown } | undefined,
  isFurther: boolean,
): Promise<void> {
  await executor.query(ADD_TO_PART, [
    runId,
    part,
    counts.processed,
    counts.created,
    counts.updated,
    counts.errors,
    position === undefined ? null : JSON.stringify(position.value),
    position !== undefined,
    isFurther,
  ]);
}

const END_PART = `
update public.wb_sync_logs
set status = $3::text, error_message = $4::text, next_attempt_at = $5::timestamptz, attempts = $6::int,
    completed_at = case when $3::text in ('completed', 'failed', 'skipped', 'deferred') then clock_timestamp() end,
    position = case when $3::text in ('completed', 'failed', 'skipped', 'deferred') then null else position end
where run_id = $1::bigint and sync_type = $2::text`;

export async function endPart(
  executor: Executor,
  runId: string,
  part: PartName,
  end: { status: PartStatus; errorMessage: string | null; nextAttemptAt: Date | null; attempts: number },
): Promise<void> {
  await executor.query(END_PART, [
    runId,
    part,
    end.status,
    end.errorMessage,
    end.nextAttemptAt,
    end.attempts,
  ]);
}

const READ_CURSOR = `
select cursor from public.wb_sync_cursors where cabinet_id = $1::bigint and name = $2::text`;

export async function readCursor(executor: Executor, cabinetId: number, name: string): Promise<unknown> {
  return (await executor.query<{ cursor: unknown }>(READ_CURSOR, [cabinetId, name])).rows[0]?.cursor;
}

const SAVE_CURSOR = `
insert into public.wb_sync_cursors as c (cabinet_id, name, cursor) values ($1::bigint, $2::text, $3::jsonb)
on conflict (cabinet_id, name) do update set cursor = excluded.cursor, updated_at = clock_timestamp()
where c.cursor is distinct from excluded.cursor`;

/** Idempotent. */
export async function saveCursor(
  executor: Executor,
  cabinetId: number,
  name: string,
  cursor: unknown,
): Promise<void> {
  await executor.query(SAVE_CURSOR, [cabinetId, name, JSON.stringify(cursor)]);
}

const FORGET_PROGRESS = `
with cursors as (
  delete from public.wb_sync_cursors where cabinet_id = $1::bigint
)
update public.wb_sync_logs l
set status = 'pending', position = null, attempts = 0, next_attempt_at = null, error_message = null
from public.wb_sync_runs r
where r.cabinet_id = $1::bigint and r.status in ('running', 'waiting') and l.run_id = r.id`;

/** Everything is to be asked for from the beginning, by the open run, too. Idempotent. */
export async function forgetProgress(executor: Executor, cabinetId: number): Promise<void> {
  await executor.query(FORGET_PROGRESS, [cabinetId]);
}

const PRUNE_RUNS = `
delete from public.wb_sync_runs
where cabinet_id = $1::bigint and status not in ('running', 'waiting') and started_at < now() - make_interval(days => $2::int)`;

/** Deletes records of a cabinet's old runs, with their parts. */
export async function pruneRuns(executor: Executor, cabinetId: number, keepDays: number): Promise<void> {
  await executor.query(PRUNE_RUNS, [cabinetId, keepDays]);
}

const LIST_CABINETS_TO_SYNC = `
select id::float8 as id from public.wb_cabinets
where is_active and coalesce(api_key, '') <> '' and id <= 9007199254740991 order by id`;

/** Cabinets that are synchronised by themselves: active, with a key. */
export async function listCabinetsToSync(executor: Executor): Promise<number[]> {
  return (await executor.query<{ id: number }>(LIST_CABINETS_TO_SYNC)).rows.map(({ id }) => id);
}

const READ_SYNC_CABINET = `
select is_active as "isActive", coalesce(api_key, '') as "apiKey" from public.wb_cabinets where id = $1::bigint`;

/** What a sync needs of its cabinet. The key is as it is stored: in clear, a secret, when it was written by hand. */
export async function readSyncCabinet(
  executor: Executor,
  cabinetId: number,
): Promise<{ isActive: boolean; apiKey: string } | undefined> {
  return (await executor.query<{ isActive: boolean; apiKey: string }>(READ_SYNC_CABINET, [cabinetId]))
    .rows[0];
}
