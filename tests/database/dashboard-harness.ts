import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

/** Where a block of docs/sql.md is to be run: by whom, or on a database that has the views of which set. */
export type BlockKind = 'server' | 'owner' | 'remove' | 'main' | 'vector' | 'both' | 'any';

export interface Block {
  kind: BlockKind;
  sql: string;
}

export const PAGE = readFileSync(new URL('../../docs/sql.md', import.meta.url), 'utf8');

/** Every block of SQL of docs/sql.md, as it stands there. */
export function readBlocks(): Block[] {
  return [...PAGE.matchAll(/^```sql ?(\w*)\n(.*?)^```$/gms)].map(([, kind, sql]) => ({
    kind: kind as BlockKind,
    sql: sql!,
  }));
}

export interface DashboardHarness {
  readonly database: TestDatabase;
  readonly pool: pg.Pool;
  /** The page's blocks of a kind; the role has a name of its own, as roles belong to the whole server. */
  readonly blocks: (...kinds: BlockKind[]) => string[];
  /** Runs `work` as the role: by its password, or where the server asks for none, by SET ROLE. */
  readonly asReader: <T>(work: (client: pg.ClientBase) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

const ROLE = 'dashboard_reader';

/** A database with both sets of views, and the role of docs/sql.md, made by the page's own words. */
export async function createDashboardHarness(): Promise<DashboardHarness> {
  const database = await createTestDatabase();
  const { pool } = database;
  const role = `${ROLE}_${randomBytes(4).toString('hex')}`;
  const blocks = (...kinds: BlockKind[]) =>
    readBlocks()
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ sql }) => sql.replaceAll(ROLE, role));
  const run = async (...kinds: BlockKind[]) => {
    for (const sql of blocks(...kinds)) await pool.query(sql);
  };
  const password = /password '(.*?)'/.exec(PAGE)![1]!;
  await run('server', 'owner');
  return {
    database,
    pool,
    blocks,
    asReader: (work) =>
      database.embedded
        ? withRoleSet(pool, role, work)
        : withLogin(database.connectionString, role, password, work),
    async close() {
      await run('remove');
      await database.drop();
    },
  };
}

async function withLogin<T>(
  connectionString: string,
  role: string,
  password: string,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const url = new URL(connectionString);
  url.username = role;
  url.password = password;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function withRoleSet<T>(
  pool: pg.Pool,
  role: string,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(`set role ${role}`);
    return await work(client);
  } finally {
    // Not given back: what a failed test left of it must not serve the next one.
    client.release(true);
  }
}

/** Names of the views, in alphabetical order. */
export async function listViews(executor: Pick<pg.ClientBase, 'query'>): Promise<string[]> {
  const { rows } = await executor.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = to_regnamespace('wb_dashboard') and relkind = 'v' order by 1`,
  );
  return rows.map(({ name }) => name);
}

type Pool = Pick<pg.Pool, 'query'>;

/** Rows of a view, or of a query over some; bigint and numeric as numbers. */
export async function readRows(pool: Pool, from: string): Promise<Record<string, unknown>[]> {
  const sql = from.startsWith('select') ? from : `select * from wb_dashboard.${from}`;
  const { rows, fields } = await pool.query<Record<string, unknown>>(sql);
  const numeric = new Set(
    fields.filter(({ dataTypeID }) => [20, 1700].includes(dataTypeID)).map(({ name }) => name),
  );
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        numeric.has(name) && value !== null ? Number(value) : value,
      ]),
    ),
  );
}

export async function readRow(pool: Pool, from: string): Promise<Record<string, unknown>> {
  const [row, ...more] = await readRows(pool, from);
  assert.ok(row !== undefined && more.length === 0, `${from} has one row`);
  return row;
}

export function pick(row: Record<string, unknown>, ...names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}
