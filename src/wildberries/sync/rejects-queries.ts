import type { Executor } from '../../database/pool.ts';
import { cleanText } from '../client/schemas/read-text.ts';
import type { PartName } from './parts.ts';

const RECORD_REJECTS = `
insert into public.wb_sync_rejects as r (cabinet_id, sync_type, row_key, field, reason)
select distinct on (key, field) $1::bigint, $2::text, key, field, reason
from jsonb_to_recordset($3::jsonb) as g (key text, field text, reason text)
on conflict (cabinet_id, sync_type, row_key, field) do update
set reason = excluded.reason, times = r.times + 1, last_seen_at = clock_timestamp()`;

/** Records rows that could not be used; one that is met again is counted. */
export async function recordRejects(
  executor: Executor,
  cabinetId: number,
  part: PartName,
  problems: readonly { key?: string | undefined; field: string; reason: string }[],
): Promise<void> {
  // Postgres takes no NUL and no half of a character, and a key comes as it was sent, cut to a length.
  const rows = problems.map(({ key = '?', field, reason }) => ({ key: cleanText(key), field, reason }));
  await executor.query(RECORD_REJECTS, [cabinetId, part, JSON.stringify(rows)]);
}

export interface UnusableRows {
  cabinetId: number;
  part: string;
  rows: number;
  /** Why the latest of these rows was rejected: `srid is missing`. */
  latest: string;
  /** Since it came. */
  seconds: number;
  /** Why the part failed, if it did when it was last at it and had rows of no use then. */
  failure: string | null;
}

/**
 * A row that is asked for again shows by itself that it is still of no use, a card at least in the daily list. The end of a
 * part's last attempt counts, too, so that one which is read more seldom is not forgotten.
 */
const READ_UNUSABLE_ROWS = `
select c.id::float8 as "cabinetId", r.sync_type as part, count(*)::int as rows,
  (array_agg(r.field || ' ' || r.reason order by r.last_seen_at desc, r.row_key))[1] as latest,
  extract(epoch from clock_timestamp() - max(r.last_seen_at))::float8 as seconds,
  max(l.error_message) filter (where l.status = 'failed' and l.records_errors > 0) as failure
from public.wb_cabinets c
join public.wb_sync_rejects r on r.cabinet_id = c.id
left join lateral (
  select status, started_at, records_errors, error_message from public.wb_sync_logs
  where cabinet_id = c.id and sync_type = r.sync_type and run_id is not null and status not in ('pending', 'skipped')
  order by id desc limit 1
) l on true
where c.is_active and ($1::bigint is null or c.id = $1::bigint)
  and r.last_seen_at >= least(clock_timestamp() - interval '1 day', l.started_at)
group by c.id, r.sync_type
order by c.id, r.sync_type`;

/** Rows of Wildberries that the syncs of the last day could not use, by cabinet and part. Reads only. */
export async function readUnusableRows(
  executor: Executor,
  cabinetId: number | undefined,
): Promise<UnusableRows[]> {
  return (await executor.query<UnusableRows>(READ_UNUSABLE_ROWS, [cabinetId ?? null])).rows;
}
