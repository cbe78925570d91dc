import type pg from 'pg';

/** How many rows a write put there and how many it changed. Rows that were right already are neither. */
export interface WriteCounts {
  created: number;
  updated: number;
}

export const NOTHING_WRITTEN: WriteCounts = { created: 0, updated: 0 };

export function addCounts(a: WriteCounts, b: WriteCounts): WriteCounts {
  return { created: a.created + b.created, updated: a.updated + b.updated };
}

export interface UpsertDefinition {
  table: string;
  /** Unique within a cabinet. */
  key: string;
  /** What the caller gives, with its type. */
  given: Readonly<Record<string, string>>;
  /** Columns that are worked out in SQL over `i` (the given row) and `joins`, by name. */
  derived?: Readonly<Record<string, string>>;
  /** `from` items over `i`, each giving at most one row. */
  joins?: string;
  /** Columns that are only filled in, by `i` or `derived`: one that has a value keeps it. */
  onlyWhenEmpty?: readonly string[];
  /** When the stored row `s` may be overwritten by `i`. */
  guard?: string;
}

/**
 * A statement that makes the rows of $2 (a JSON array) be in the table of cabinet $1. Rows that are there as they should
 * be are only read: an upsert that "changes" them would write them again, wake the triggers and cost a number of the
 * sequence each. One look-up a row by the key: `limit 1` rules out joins that read all that the cabinet has.
 */
export function upsertStatement(definition: UpsertDefinition): string {
  const { table, key, given, derived = {}, joins = '', onlyWhenEmpty = [], guard = 'true' } = definition;
  const columns = [...Object.keys(given), ...Object.keys(derived)].filter(
    (column) => !column.startsWith('_'),
  );
  const compared = columns.filter((column) => column !== key && !onlyWhenEmpty.includes(column));
  const list = (names: readonly string[], prefix: string) => names.map((name) => prefix + name).join(', ');
  const derivations = Object.entries(derived).map(([name, expression]) => `${expression} as ${name}`);
  const fillable = onlyWhenEmpty.map((column) => `(s.${column} is null and i.${column} is not null)`);
  const assignments = [
    ...compared.map((column) => `${column} = excluded.${column}`),
    ...onlyWhenEmpty.map((column) => `${column} = coalesce(t.${column}, excluded.${column})`),
  ];
  return `
with given as (
  select * from jsonb_to_recordset($2::jsonb) as g (${Object.entries(given)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')})
), incoming as (
  select ${['i.*', ...derivations].join(', ')}
  from given i
  ${joins}
), changed as (
  select i.*
  from incoming i
  left join lateral (
    select * from public.${table} where cabinet_id = $1::bigint and ${key} = i.${key} limit 1
  ) s on true
  where s.id is null or (${guard}) and (
    (${list(compared, 's.')}) is distinct from (${list(compared, 'i.')})
    ${fillable.map((condition) => `or ${condition}`).join(' ')}
  )
), written as (
  insert into public.${table} as t (cabinet_id, ${columns.join(', ')})
  select $1::bigint, ${columns.join(', ')} from changed
  on conflict (cabinet_id, ${key}) do update set ${assignments.join(', ')}
  returning xmax = 0 as inserted
)
select count(*) filter (where inserted)::int as created, count(*) filter (where not inserted)::int as updated
from written`;
}

/**
 * Runs an `upsertStatement`. Of several rows with one key the last counts, unless `isOlder` says that it is older than the
 * one before. Idempotent; locks only the rows that differ.
 */
export async function upsertRows<Row extends object>(
  client: pg.PoolClient,
  statement: string,
  cabinetId: number,
  rows: readonly Row[],
  keyOf: (row: Row) => unknown,
  isOlder: (row: Row, than: Row) => boolean = () => false,
): Promise<WriteCounts> {
  if (rows.length === 0) return NOTHING_WRITTEN;
  const unique = new Map<unknown, Row>();
  for (const row of rows) {
    const before = unique.get(keyOf(row));
    if (before === undefined || !isOlder(row, before)) unique.set(keyOf(row), row);
  }
  const result = await client.query<WriteCounts>(statement, [
    cabinetId,
    JSON.stringify([...unique.values()]),
  ]);
  return result.rows[0] ?? NOTHING_WRITTEN;
}

interface Changing {
  last_change_date: string | null;
}

/** For `upsertRows` of what has a `lastChangeDate`. */
export function changedEarlier(row: Changing, than: Changing): boolean {
  return Date.parse(row.last_change_date ?? '') < Date.parse(than.last_change_date ?? '');
}
