import type { Executor } from '../database/pool.ts';
import type { Period } from '../calendar.ts';
import { text } from './expressions.ts';
import { filterSql, filterValues, type RowFilter } from './filter-sql.ts';

const filters = (warehouse: string) =>
  filterSql(
    {
      ...{ brand: `coalesce(${text('p.brand')}, ${text('r.brand')})` },
      ...{ categories: ['r.category', 'r.subject', 'p.category'], size: 'r.size' },
      ...{ warehouse, region: 'null::text' },
    },
    2,
  );

const PRODUCT = `left join wb_products p on p.cabinet_id = $1::bigint and p.nm_id = r.nm_id`;

/**
 * What was ordered of each size in a period ($20 to $21, days of the zone $22), what of it lies in Wildberries' warehouses and
 * what comes back there. Products that have left the shop are not among them. Two passes, each by the index of its cabinet;
 * locks nothing.
 */
const READ_DEMAND = `
  with stock as (
    select r.nm_id, coalesce(${text('r.size')}, '') as size,
      sum(coalesce(r.quantity, 0)) as pieces, sum(coalesce(r.in_way_from_client, 0)) as coming
    from wb_stocks r ${PRODUCT}
    where r.cabinet_id = $1::bigint and p.is_active is not false ${filters('r.warehouse_name')}
    group by 1, 2
  ), ordered as (
    select r.nm_id, coalesce(${text('r.size')}, '') as size, sum(coalesce(r.quantity, 1)) as pieces
    from wb_orders r ${PRODUCT}
    where r.cabinet_id = $1::bigint and r.nm_id is not null and p.is_active is not false
      and r.order_date >= ($20::date)::timestamp at time zone $22::text
      and r.order_date < ($21::date + 1)::timestamp at time zone $22::text
      and (r.status = 'returned' or (r.is_cancel is not true and r.status is distinct from 'cancelled'))
      ${filters('r.warehouse_from')}
    group by 1, 2
  )
  select nm_id::float8 as "nmId", size, coalesce(s.pieces, 0)::text as stock, coalesce(s.coming, 0)::text as coming,
    coalesce(o.pieces, 0)::text as ordered
  from stock s full join ordered o using (nm_id, size)
  order by nm_id, size`;

export interface SizeDemand {
  nmId: number;
  /** '' where the rows do not say it. */
  size: string;
  stock: string;
  /** On its way back from clients. */
  coming: string;
  ordered: string;
}

export async function readDemand(
  executor: Executor,
  query: { cabinetId: number; filter: RowFilter; window: Period; timeZone: string },
): Promise<SizeDemand[]> {
  const { cabinetId, filter, window, timeZone } = query;
  const { rows } = await executor.query<SizeDemand>(READ_DEMAND, [
    cabinetId,
    ...filterValues(filter),
    window.from,
    window.to,
    timeZone,
  ]);
  return rows;
}
