import type { Executor } from '../../src/database/pool.ts';
import { VIEWS } from './views.ts';

/** Of which rows questions are asked, and when. */
export interface Asking {
  executor: Executor;
  cabinetId: number;
  now: Date;
}

export type Row = Record<string, string | number | null>;

const NOTHING_GIVEN = 'select 1 as one';

/** Rows of a statement over the views and `given g`. */
export async function read(asking: Asking, given: string | undefined, statement: string): Promise<Row[]> {
  const { rows } = await asking.executor.query<Row>(
    `with ${VIEWS}, given as (${given ?? NOTHING_GIVEN}) ${statement}`,
    [asking.cabinetId, asking.now.toISOString()],
  );
  return rows;
}

/** Right figures, as text: `null` is what a rate is that has nothing to divide by. */
export type Figures = Readonly<Record<string, string | null>>;

export async function readFigures(
  asking: Asking,
  given: string | undefined,
  statement: string,
): Promise<Figures[]> {
  return (await read(asking, given, statement)).map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]),
    ),
  );
}

/** Rows of selects of `(source_table, id)`, as `wb_orders/17`. */
export async function readKeys(
  asking: Asking,
  given: string | undefined,
  statements: readonly string[],
): Promise<Set<string>> {
  const rows = await read(asking, given, statements.join('\nunion\n'));
  return new Set(rows.map((row) => `${String(row['source_table'])}/${String(row['id'])}`));
}

export async function readGiven(asking: Asking, given: string | undefined): Promise<Row | undefined> {
  return (await read(asking, given, 'select * from given'))[0];
}

/** Puts what is given in the place of its `{column}`. */
export function fillIn(
  template: string,
  given: Row | undefined,
): { text: string; fault: string | undefined } {
  const missing: string[] = [];
  const text = template.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = given?.[name];
    if (value === undefined || value === null) missing.push(placeholder);
    return String(value ?? placeholder);
  });
  return { text, fault: missing.length === 0 ? undefined : `the data has nothing for ${missing.join(', ')}` };
}

/** How many rows each source table has for the cabinet. */
export async function countRows(asking: Asking): Promise<Map<string, number>> {
  const views = ['products', 'orders', 'sales', 'reviews', 'stocks'];
  const counts = views.map((view) => `select 'wb_${view}' as name, count(*)::int as n from ${view}`);
  const rows = await read(asking, undefined, counts.join(' union all '));
  return new Map(rows.map((row) => [String(row['name']), Number(row['n'])]));
}
