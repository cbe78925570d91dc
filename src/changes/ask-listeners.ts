import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { SessionClient } from '../database/session-client.ts';
import { CHANNEL, PONG_CHANNEL, pingOf } from './ping.ts';
import { notifyChannel } from './queries.ts';

export interface ListenerAnswers {
  /** A notification that was sent to ourselves came through, after so many milliseconds; undefined: it did not. */
  ownMs: number | undefined;
  /** Listeners that answered, as `<host>:<pid>`, and how long the first one took. */
  listeners: string[];
  firstMs: number | undefined;
}

/** After the first answer the others may follow within moments. */
const GRACE_MS = 150;
const CONNECTION_TIMEOUT_MS = 5_000;

/**
 * Asks every running listener whether it hears, the way changes are announced to them: by a notification. Before, sends one
 * to itself over another connection: a pooler in transaction mode lets none through. Waits up to `timeoutMs` for each.
 */
export async function askListeners(main: Database, timeoutMs: number): Promise<ListenerAnswers> {
  const client = new SessionClient({
    connectionString: main.connectionString,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    query_timeout: CONNECTION_TIMEOUT_MS,
    application_name: 'wb-assist doctor',
  });
  // A connection that is lost on the way: what is waited for is then missed, and that is said.
  const id = randomUUID();
  const listeners = new Set<string>();
  const own = Promise.withResolvers<undefined>();
  const first = Promise.withResolvers<undefined>();
  client.on('notification', ({ payload = '' }) => {
    const [answered, who] = payload.split(' ');
    if (answered !== id) return;
    if (who === undefined) own.resolve(undefined);
    else {
      listeners.add(who);
      first.resolve(undefined);
    }
  });
  const within = async (answer: Promise<unknown>): Promise<number | undefined> => {
    const started = performance.now();
    const timer = new AbortController();
    const late = delay(timeoutMs, 'late', { signal: timer.signal }).catch(() => undefined);
    const outcome = await Promise.race([answer, late]);
    timer.abort();
    return outcome === 'late' ? undefined : performance.now() - started;
  };
  try {
    await client.connect();
    await client.query(`listen ${PONG_CHANNEL}`);
    await notifyChannel(main.pool, PONG_CHANNEL, id);
    const ownMs = await within(own.promise);
    // Without an own one there is no way to hear theirs.
    if (ownMs === undefined) return { ownMs, listeners: [], firstMs: undefined };
    await notifyChannel(main.pool, CHANNEL, pingOf(id));
    const firstMs = await within(first.promise);
    if (firstMs !== undefined) await delay(GRACE_MS);
    return { ownMs, listeners: [...listeners].sort(), firstMs };
  } finally {
    await client.end().catch(() => undefined);
  }
}
