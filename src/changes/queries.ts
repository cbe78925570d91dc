import type { Executor } from '../database/pool.ts';
import type { SourceName } from '../source-tables.ts';

export interface Change {
  /** `bigint`, exact as text. */
  id: string;
  cabinetId: number;
  kind: SourceName | 'product_names' | 'cabinet';
  /** Row ids, or `nm_id`s for `product_names`; `bigint`s as text. */
  ids: string[];
  capturedAt: Date;
}

const CLAIM_CHANGES = `
delete from public.rag_changes
where ctid = any (array(
  select ctid from public.rag_changes
  where id > $1::bigint
  order by id
  limit $2::bigint
  for update skip locked
))
returning id, cabinet_id::float8 as "cabinetId", kind, ids::text[] as ids, captured_at as "capturedAt"`;

/**
 * Claims up to `limit` changes with an id above `after` by deleting them; they are back if the transaction rolls back.
 * Locks nobody out: what another listener has claimed is skipped. Deletes by ctid, which is four times as fast as by
 * `id in (…)`. `after` only spares the scan of rows that vacuum has not removed yet; ids become visible out of order, so
 * a scan from 0 has to follow soon.
 */
export async function claimChanges(executor: Executor, after: string, limit: number): Promise<Change[]> {
  const { rows } = await executor.query<Change>(CLAIM_CHANGES, [after, limit]);
  return rows;
}

const CAPTURE_QUOTING_ROWS = `
insert into public.rag_changes (cabinet_id, kind, ids)
select $1::bigint, kind, array_agg(id)
from (
  select 'orders' as kind, id from public.wb_orders where cabinet_id = $1::bigint and nm_id = any ($2::bigint[])
  union all
  select 'stocks', id from public.wb_stocks where cabinet_id = $1::bigint and nm_id = any ($2::bigint[])
  union all
  select 'reviews', id from public.wb_reviews where cabinet_id = $1::bigint and nm_id = any ($2::bigint[])
  union all
  select 'sales', id from public.wb_sales where cabinet_id = $1::bigint and nm_id = any ($2::bigint[])
) quoting
group by kind, id >> 9`;

/**
 * Puts the rows that quote the names of these products into the outbox, as if they had changed. Runs in the transaction
 * that claimed the change of the names, so that neither is lost without the other. Resolves to how many changes it wrote.
 */
export async function captureQuotingRows(
  executor: Executor,
  cabinetId: number,
  nmIds: string[],
): Promise<number> {
  const { rowCount } = await executor.query(CAPTURE_QUOTING_ROWS, [cabinetId, nmIds]);
  return rowCount ?? 0;
}

const OUTBOX_LAG = `
select count(*)::float8 as changes, extract(epoch from clock_timestamp() - min(captured_at))::float8 as "oldestSeconds"
from public.rag_changes`;

export interface OutboxLag {
  changes: number;
  /** Age of the oldest change; `null` when there is none. */
  oldestSeconds: number | null;
}

/** How much is waiting to be handed over. Reads only. */
export async function readOutboxLag(executor: Executor): Promise<OutboxLag> {
  const { rows } = await executor.query<OutboxLag>(OUTBOX_LAG);
  return rows[0] ?? { changes: 0, oldestSeconds: null };
}

const HAS_CHANGES_OF = `select exists (select from public.rag_changes where cabinet_id = $1::bigint) as there`;

/** Whether changes of a cabinet wait to be handed over. Reads only. */
export async function hasChangesOf(executor: Executor, cabinetId: number): Promise<boolean> {
  const { rows } = await executor.query<{ there: boolean }>(HAS_CHANGES_OF, [cabinetId]);
  return rows[0]?.there ?? false;
}

const NOTIFY = `select pg_notify($1::text, $2::text)`;

/** Notifies whoever listens to a channel. Nobody need be there, and each call is heard once. */
export async function notifyChannel(executor: Executor, channel: string, payload: string): Promise<void> {
  await executor.query(NOTIFY, [channel, payload]);
}
