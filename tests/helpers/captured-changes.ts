import type pg from 'pg';
import type { SourceName } from '../../src/source-tables.ts';

type Executor = Pick<pg.ClientBase, 'query'>;

/**
 * Empties the outbox and tells what it said: `'<cabinet> <kind> <id>'`, `'<cabinet> cabinet'`, each once, sorted. How ids
 * are packed into outbox rows is not part of it.
 */
export async function takeChanges(executor: Executor): Promise<string[]> {
  const { rows } = await executor.query<{ cabinet_id: string; kind: string; ids: string[] }>(
    'delete from public.rag_changes returning cabinet_id::text, kind, ids::text[]',
  );
  const changes = rows.flatMap(({ cabinet_id, kind, ids }) =>
    kind === 'cabinet' ? [`${cabinet_id} cabinet`] : ids.map((id) => `${cabinet_id} ${kind} ${id}`),
  );
  return [...new Set(changes)].sort();
}

/** The columns that a row of each source cannot do without, `n` keeping its natural key apart. */
const KEYS: Readonly<Record<SourceName, (n: number) => Record<string, string>>> = {
  orders: (n) => ({ order_id: `srid-${n}` }),
  products: (n) => ({ nm_id: String(n) }),
  stocks: (n) => ({ nm_id: String(n) }),
  reviews: (n) => ({ review_id: `review-${n}` }),
  sales: (n) => ({ sale_id: `S${n}` }),
};

let counter = 1000;

/** Inserts a row with its key and `values`; resolves to its id. */
export async function insertRow(
  executor: Executor,
  source: SourceName,
  cabinetId: number,
  values: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const row = { cabinet_id: cabinetId, ...KEYS[source](++counter), ...values };
  const columns = Object.keys(row);
  const { rows } = await executor.query<{ id: number }>(
    `insert into public.wb_${source} (${columns.join(', ')})
     values (${columns.map((_, index) => `$${index + 1}`).join(', ')}) returning id::float8 as id`,
    Object.values(row),
  );
  return rows[0]!.id;
}

/** Inserts a cabinet as users are told to; resolves to its id. */
export async function insertCabinet(executor: Executor, name = 'Кабинет'): Promise<number> {
  const { rows } = await executor.query<{ id: number }>(
    `insert into public.wb_cabinets (name, api_key, is_active, created_at, updated_at)
     values ($1, 'key', true, now(), now()) returning id::float8 as id`,
    [name],
  );
  return rows[0]!.id;
}

/** Leaves no cabinet, no row and no change. */
export async function emptyDatabase(executor: Executor): Promise<void> {
  await executor.query('truncate public.wb_cabinets cascade');
  await executor.query('delete from public.rag_changes');
}
