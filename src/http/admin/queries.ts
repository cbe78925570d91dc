import type { Executor } from '../../database/pool.ts';

const QUEUE_EXISTS = `select exists (select from pgboss.queue where name = $1::text) as found`;

/** Reads one row by its key. */
export async function queueExists(executor: Executor, name: string): Promise<boolean> {
  return (await executor.query<{ found: boolean }>(QUEUE_EXISTS, [name])).rows[0]!.found;
}
