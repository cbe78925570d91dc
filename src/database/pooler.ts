import type pg from 'pg';

/** What was found out of each server, for as long as the process runs. */
const known = new Map<string, Promise<boolean>>();

/**
 * Whether transactions of one connection may be served by sessions of different ones, as behind PgBouncer in transaction or
 * statement mode. Poolers that keep a session for each client, and proxies, are not told apart from the server itself: they
 * behave like it.
 *
 * @param server  by which the answer is remembered
 * @param connect makes a client, not yet connected
 */
export function isTransactionPooled(server: string, connect: () => pg.Client): Promise<boolean> {
  const answer = known.get(server) ?? look(connect);
  known.set(server, answer);
  answer.catch(() => known.delete(server));
  return answer;
}

const PROCESS_ID = 'select pg_backend_pid() as "processId"';

/** What PgBouncer answers to `begin` in statement mode. */
const PROTOCOL_VIOLATION = '08P01';

/**
 * A session that one connection has just used and that is free again is the first that a pooler gives to the next. So while
 * a transaction of the other has it, the first is served by somebody else.
 */
async function look(connect: () => pg.Client): Promise<boolean> {
  const [first, second] = [connect(), connect()];
  const read = async (client: pg.Client): Promise<number> => {
    const { rows } = await client.query<{ processId: number }>(PROCESS_ID);
    return rows[0]!.processId;
  };
  try {
    for (const client of [first, second]) {
      client.on('error', () => undefined); // its statement rejects
      await client.connect();
    }
    const before = await read(first);
    await second.query('begin');
    return (await read(second)) === before || (await read(first)) !== before;
  } catch (error) {
    if ((error as { code?: unknown }).code === PROTOCOL_VIOLATION) return true;
    throw error;
  } finally {
    await Promise.all([first, second].map((client) => client.end().catch(() => undefined)));
  }
}
