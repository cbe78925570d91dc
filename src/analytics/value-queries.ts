import type { Executor } from '../database/pool.ts';
import { text } from './expressions.ts';

/** Of stocks and sizes of the cards; how many products come in each. */
const READ_SIZES = `
  select size as value, count(distinct nm_id)::float8 as products, null::float8 as rows
  from (
    select nm_id, ${text('size')} as size from wb_product_sizes where cabinet_id = $1::bigint
    union
    select nm_id, ${text('size')} from wb_stocks where cabinet_id = $1::bigint
  ) known
  where size is not null group by size`;

const READ_WAREHOUSES = `
  select ${text('warehouse_name')} as value, count(distinct nm_id)::float8 as products,
    sum(coalesce(quantity, 0))::float8 as rows
  from wb_stocks where cabinet_id = $1::bigint and ${text('warehouse_name')} is not null
  group by 1`;

/** By the index on (cabinet_id, warehouse_to): the rows themselves are not needed to count them. */
const READ_REGIONS = `
  select ${text('warehouse_to')} as value, null::float8 as products, sum(orders)::float8 as rows
  from (
    select warehouse_to, count(*) as orders from wb_orders where cabinet_id = $1::bigint group by warehouse_to
    union all
    select warehouse_to, 0 from wb_sales where cabinet_id = $1::bigint group by warehouse_to
  ) known
  where ${text('warehouse_to')} is not null group by 1`;

const ofReviews = (value: string, source = 'wb_reviews r') => `
  select ${value} as value, count(distinct r.nm_id)::float8 as products, count(*)::float8 as rows
  from ${source} where r.cabinet_id = $1::bigint and ${value} is not null group by 1`;

const STATEMENTS = {
  size: READ_SIZES,
  warehouse: READ_WAREHOUSES,
  region: READ_REGIONS,
  color: ofReviews(text('r.color')),
  matching_size: ofReviews(`case r.matching_size when 'ок' then 'ok' else ${text('r.matching_size')} end`),
  tag: ofReviews(
    text('t.tag'),
    `wb_reviews r cross join lateral jsonb_array_elements_text(
      case jsonb_typeof(r.bables) when 'array' then r.bables else '[]' end) t (tag)`,
  ),
};
export type ListedValues = keyof typeof STATEMENTS;

export interface ValueRow {
  value: string;
  products: number | null;
  /** Orders of a region, pieces of a warehouse, otherwise reviews. */
  rows: number | null;
}

/** Every value that the cabinet's rows have, with how many say it. One pass over them; locks nothing. */
export async function readValues(
  executor: Executor,
  cabinetId: number,
  of: ListedValues,
): Promise<ValueRow[]> {
  const { rows } = await executor.query<ValueRow>(STATEMENTS[of], [cabinetId]);
  return rows;
}
