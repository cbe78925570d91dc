import { after } from 'node:test';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** Given back and emptied: the next test of the file takes one of them instead of starting an engine. */
const free: TestDatabase[] = [];
after(() => Promise.all(free.splice(0).map((database) => database.drop())));

/** What a new database has rows in already. */
const FILLED = ['wb_migrations', 'rag_migrations', 'rag_pairing', 'rag_event_counter'];

/**
 * A database for tests that write rows, and change nothing else of it: `drop` empties it and keeps it for the next borrower
 * of the same test file. Not for what works jobs: the tables of the queue are left as they are.
 */
export async function borrowTestDatabase(): Promise<TestDatabase> {
  const database = free.pop() ?? (await createTestDatabase());
  return {
    ...database,
    async drop() {
      await empty(database);
      free.push(database);
    },
  };
}

async function empty({ pool }: TestDatabase): Promise<void> {
  const { rows } = await pool.query<{ tables: string }>(
    `select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables
     from pg_tables where schemaname = 'public' and tablename <> all ($1::text[])`,
    [FILLED],
  );
  await pool.query(`truncate ${rows[0]!.tables} restart identity`);
  // That the source tables were emptied was captured.
  await pool.query('delete from rag_changes');
}
