// The records of rebuilds: opened, read, and taken back to the first row by whoever asks. What the slices write is in
// slice-queries.ts.

import type { Executor } from '../../database/pool.ts';
import type { Drift } from './drift.ts';

/**
 * Who asked for a rebuild. `model`, `texts`, `restore`: the program itself, because the configuration, the code or a database is
 * another one.
 */
export type RebuildTrigger =
  'request' | 'command' | 'schedule' | 'model' | 'texts' | 'rollback' | 'repair' | 'restore';

/** A full rebuild as its row says it (rag-migrations/009_create_rebuilds.sql). `bigint` keys are text. */
export interface Rebuild {
  id: string;
  cabinetId: number;
  status: 'pending' | 'running' | 'completed' | 'failed';
  trigger: RebuildTrigger;
  model: string | null;
  runId: string | null;
  slice: number;
  pass: number;
  sourceTable: string | null;
  sourceId: string | null;
  rowsTotal: number | null;
  rowsDone: number;
  rowCounts: Record<string, number>;
  drift: Drift;
  driftSlice: number;
  textsVersion: string | null;
  error: string | null;
  nextAttemptAt: Date | null;
  requestedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** The columns of `Rebuild`. */
export const REBUILD_COLUMNS = `id::text as id, cabinet_id::float8 as "cabinetId", status, trigger, model, run_id::text as "runId",
  slice::float8 as slice, pass::float8 as pass, source_table as "sourceTable", source_id::text as "sourceId",
  rows_total::float8 as "rowsTotal", rows_done::float8 as "rowsDone", row_counts as "rowCounts", drift,
  drift_slice::float8 as "driftSlice", texts_version as "textsVersion", error, next_attempt_at as "nextAttemptAt",
  requested_at as "requestedAt", started_at as "startedAt", finished_at as "finishedAt"`;

const OPEN_REBUILD = `
insert into public.rag_rebuilds (cabinet_id, trigger, model)
values ($1::bigint, $2::text, $3::text)
on conflict (cabinet_id) where finished_at is null do nothing
returning ${REBUILD_COLUMNS}`;

/** Opens a rebuild; undefined when the cabinet has an open one. */
export async function insertRebuild(
  executor: Executor,
  cabinetId: number,
  trigger: RebuildTrigger,
  model: string | null,
): Promise<Rebuild | undefined> {
  const { rows } = await executor.query<Rebuild>(OPEN_REBUILD, [cabinetId, trigger, model]);
  return rows[0];
}

const READ_OPEN_REBUILD = `
select ${REBUILD_COLUMNS} from public.rag_rebuilds where cabinet_id = $1::bigint and finished_at is null`;

/** Reads only. Prepared: see `readIndexStatus`. */
export async function readOpenRebuild(executor: Executor, cabinetId: number): Promise<Rebuild | undefined> {
  const { rows } = await executor.query<Rebuild>({
    name: 'read_open_rebuild',
    text: READ_OPEN_REBUILD,
    values: [cabinetId],
  });
  return rows[0];
}

const READ_REBUILD = `
select ${REBUILD_COLUMNS} from public.rag_rebuilds where cabinet_id = $1::bigint and id = $2::bigint`;

/** Reads only. */
export async function readRebuild(
  executor: Executor,
  cabinetId: number,
  id: string,
): Promise<Rebuild | undefined> {
  const { rows } = await executor.query<Rebuild>(READ_REBUILD, [cabinetId, id]);
  return rows[0];
}

const READ_OPEN_REBUILDS = `
select ${REBUILD_COLUMNS} from public.rag_rebuilds where finished_at is null order by cabinet_id`;

/** Reads the open rebuilds of all cabinets. Reads only. */
export async function readOpenRebuilds(executor: Executor): Promise<Rebuild[]> {
  const { rows } = await executor.query<Rebuild>(READ_OPEN_REBUILDS);
  return rows;
}

const READ_LAST_REBUILDS = `
select distinct on (cabinet_id) ${REBUILD_COLUMNS}
from public.rag_rebuilds
where $1::bigint is null or cabinet_id = $1::bigint
order by cabinet_id, rag_rebuilds.id desc`;

/** The last rebuild of each cabinet, or of one; open ones count. Reads only. */
export async function readLastRebuilds(executor: Executor, cabinetId?: number): Promise<Rebuild[]> {
  const { rows } = await executor.query<Rebuild>(READ_LAST_REBUILDS, [cabinetId ?? null]);
  return rows;
}

const RETARGET = `
update public.rag_rebuilds
set model = $3::text, slice = slice + 1, pass = pass + 1, source_table = null, source_id = null, rows_done = 0,
  row_counts = '{}', error = null, next_attempt_at = null, updated_at = clock_timestamp()
where cabinet_id = $1::bigint and id = $2::bigint and finished_at is null and model is distinct from $3::text
returning ${REBUILD_COLUMNS}`;

/** Has an open rebuild complete another model as well, which takes it back to the first row. Repeating it changes nothing. */
export async function retargetRebuild(
  executor: Executor,
  { cabinetId, id }: Rebuild,
  model: string,
): Promise<Rebuild | undefined> {
  const { rows } = await executor.query<Rebuild>(RETARGET, [cabinetId, id, model]);
  return rows[0];
}

const RESTART = `
update public.rag_rebuilds
set trigger = $3::text, slice = slice + 1, pass = pass + 1, source_table = null, source_id = null, rows_done = 0,
  row_counts = '{}', error = null, next_attempt_at = null, updated_at = clock_timestamp()
where cabinet_id = $1::bigint and id = $2::bigint and finished_at is null
returning ${REBUILD_COLUMNS}`;

/** Takes an open rebuild back to the first row; undefined when it is over. */
export async function restartRebuild(
  executor: Executor,
  { cabinetId, id }: Rebuild,
  trigger: RebuildTrigger,
): Promise<Rebuild | undefined> {
  const { rows } = await executor.query<Rebuild>(RESTART, [cabinetId, id, trigger]);
  return rows[0];
}

/** Rebuilds older than this are history that nobody asks for. */
const KEEP_REBUILDS_DAYS = 90;

/** Deletes old records of rebuilds. */
export async function pruneRebuilds(executor: Executor): Promise<void> {
  await executor.query(
    `delete from public.rag_rebuilds where finished_at < now() - make_interval(days => $1::int)`,
    [KEEP_REBUILDS_DAYS],
  );
}
