import type { ChunkType, SourceName } from '../../source-tables.ts';

/** A row as its source's SQL returns it. `id` is exact text; numbers and dates come formatted as text, or null. */
export interface SourceRow {
  id: string;
}

/**
 * What one table says, as text (docs/chunks.md). `columns`, `joins` and `condition` are SQL over the alias `s` of the
 * table and `w.since`, where the window begins. Only rows that call for a chunk come back.
 */
export interface Source<Row extends SourceRow = SourceRow> {
  readonly name: SourceName;
  readonly chunkType: ChunkType;
  readonly columns: string;
  readonly joins: string;
  readonly condition: string;
  toText(row: Row): string;
}

/**
 * The name that a chunk quotes: the product's, or the row's own when there is no product or it has no name. One look-up a
 * row, which limit 1 makes sure of: a join was planned as a scan of the cabinet's products for each row of a fresh table.
 */
export const PRODUCT_JOIN = `left join lateral (
  select name from public.wb_products where cabinet_id = s.cabinet_id and nm_id = s.nm_id limit 1
) p on true`;

/** Exact decimal without trailing zeros, as text. */
export function decimal(column: string, alias: string): string {
  return `trim_scale(${column}::numeric)::text as "${alias}"`;
}

/**
 * `YYYY-MM-DD` in Moscow time, in which Wildberries dates its documents; null for infinities and years outside 1 to 9999.
 * The outer bounds come first because times at the very end of the range overflow when moved to another zone.
 */
export function moscowDate(column: string, alias: string): string {
  return `case
    when ${column} between timestamptz '0002-01-01 00:00+00 BC' and timestamptz '10001-01-01 00:00+00'
      and extract(year from ${column} at time zone 'Europe/Moscow') between 1 and 9999
    then to_char(${column} at time zone 'Europe/Moscow', 'YYYY-MM-DD')
  end as "${alias}"`;
}

/** A time inside the window. What has no time of its own counts from when it was written. */
export function inWindow(column: string): string {
  return `coalesce(${column}, s.created_at) >= w.since`;
}
