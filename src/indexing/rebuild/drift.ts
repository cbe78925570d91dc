import type { Executor } from '../../database/pool.ts';
import { tableOf, type SourceName } from '../../source-tables.ts';
import type { Comparison, WriteReason } from '../comparison.ts';

/** Why an index differed from its rows (docs/rebuild.md says what each means). */
export type DriftReason =
  | WriteReason
  /** The row of the chunk was deleted. */
  | 'row_gone'
  /** Days passed: the row is older than the window. */
  | 'out_of_window'
  | 'product_inactive'
  | 'stock_zero'
  | 'cabinet_inactive';

export type Drift = Partial<Record<DriftReason, number>>;

/** Why a row that is there calls for no chunk, its cabinet being active. */
const EXCLUDED_BECAUSE: Record<SourceName, DriftReason> = {
  orders: 'out_of_window',
  sales: 'out_of_window',
  reviews: 'out_of_window',
  products: 'product_inactive',
  stocks: 'stock_zero',
};

// One look-up an id, as in rows.ts.
const existingRows = (source: SourceName) => `
select count(*)::float8 as rows, coalesce(bool_and(c.is_active), true) as active
from unnest($2::bigint[]) as given (id)
cross join lateral (
  select cabinet_id from public.${tableOf(source)} where id = given.id and cabinet_id = $1::bigint limit 1
) s
join public.wb_cabinets c on c.id = s.cabinet_id`;

/** Counts the differences of some comparisons by reason. Reads only. */
export async function classifyDrift(
  main: Executor,
  cabinetId: number,
  comparisons: readonly Comparison[],
): Promise<Drift> {
  const drift: Drift = {};
  const add = (reason: DriftReason, count: number) => {
    if (count > 0) drift[reason] = (drift[reason] ?? 0) + count;
  };
  for (const { source, write, remove } of comparisons) {
    for (const { reason } of write) add(reason, 1);
    if (remove.length === 0) continue;
    const parameters = [cabinetId, remove];
    const { rows } = await main.query<{ rows: number; active: boolean }>(existingRows(source), parameters);
    const { rows: there, active } = rows[0]!;
    add('row_gone', remove.length - there);
    add(active ? EXCLUDED_BECAUSE[source] : 'cabinet_inactive', there);
  }
  return drift;
}

export function addDrift(to: Drift, more: Drift): Drift {
  const sum: Drift = { ...to };
  for (const [reason, count] of Object.entries(more) as [DriftReason, number][])
    sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
