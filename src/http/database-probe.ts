import type { Database } from '../database/pool.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { isAppError } from '../errors.ts';

/** Answers to health checks must come before those who ask give up, as orchestrators do after a second or two. */
const PROBE_TIMEOUT_MS = 1_000;

export interface DatabaseState {
  status: 'up' | 'down';
  /** Milliseconds that the probe took, while it is up. */
  latency_ms?: number;
  /** Why it is down, without hosts and names: health is shown to everybody. */
  reason?: string;
}

export interface Probe<Row> {
  state: DatabaseState;
  row: Row | undefined;
}

/**
 * Asks a database one cheap question, in at most a second, on a connection of its own: a program that has all others busy is
 * alive. Callers at the same time share one question.
 */
export function createDatabaseProbe<Row extends object>(
  database: Database,
  sql: string,
): () => Promise<Probe<Row>> {
  let running: Promise<Probe<Row>> | undefined;

  async function ask(): Promise<Probe<Row>> {
    const start = performance.now();
    try {
      const { rows } = await database.probes.query<Row>(sql);
      const latency = Math.round((performance.now() - start) * 10) / 10;
      return { state: { status: 'up', latency_ms: latency }, row: rows[0] };
    } catch (error) {
      const known = toDatabaseError(error, database.label);
      const reason = isAppError(known) ? known.code : 'internal';
      return { state: { status: 'down', reason }, row: undefined };
    }
  }

  return async () => {
    running ??= ask().finally(() => (running = undefined));
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<Probe<Row>>((resolve) => {
      const late: DatabaseState = { status: 'down', reason: `no answer within ${PROBE_TIMEOUT_MS} ms` };
      timer = setTimeout(() => resolve({ state: late, row: undefined }), PROBE_TIMEOUT_MS);
    });
    try {
      return await Promise.race([running, timeout]);
    } finally {
      clearTimeout(timer);
    }
  };
}
