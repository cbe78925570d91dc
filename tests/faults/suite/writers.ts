import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { messageOf } from '../../../src/errors.ts';
import type { Random } from './random.ts';
import { createWrites, type Statement, type Write } from './writes.ts';

export interface WriterReport {
  /** Statements outside of transactions, and transactions, that the database acknowledged. */
  acknowledged: number;
  /** Those that it refused or did not answer. */
  failed: number;
  longestStatementMs: number;
  longestStatement: string;
}

export interface Writers {
  report(): WriterReport;
  /** Something that no fault excuses. */
  readonly failures: readonly string[];
  /** Resolves when the last of them has ended its write. */
  stop(): Promise<void>;
}

export interface WritersOptions {
  url: string;
  count: number;
  random: Random;
  /** Whether the server is not to be had, or was not a moment ago: its errors and delays are not the indexer's. */
  isExcused: () => boolean;
}

/** Between two writes of one writer, on average. */
const PACE_MS = 120;
const STATEMENT_TIMEOUT_MS = 20_000;

/** Clients that write without a pause, each in its own way, by the direct way to the server. */
export function startWriters(options: WritersOptions): Writers {
  const report: WriterReport = { acknowledged: 0, failed: 0, longestStatementMs: 0, longestStatement: '' };
  const failures: string[] = [];
  let stopping = false;
  const isStopping = () => stopping;

  async function run(random: Random, number: number): Promise<void> {
    const next = createWrites(random, number);
    while (!isStopping()) {
      const client = new pg.Client({
        connectionString: options.url,
        application_name: 'writer',
        connectionTimeoutMillis: 3_000,
        query_timeout: STATEMENT_TIMEOUT_MS,
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (!isStopping()) {
          await write(client, next());
          await delay(random.below(2 * PACE_MS)); // the pace of the writer, nothing waits for it
        }
      } catch (error) {
        if (!options.isExcused()) failures.push(`A writer was cut off: ${messageOf(error)}`);
        await delay(50); // the pause before the writer dials again
      } finally {
        void client.end().catch(() => undefined);
      }
    }
  }

  async function write(client: pg.Client, { kind, statements, end }: Write): Promise<void> {
    if (end === 'autocommit') {
      for (const statement of statements) {
        if (await attempt(client, kind, statement)) report.acknowledged += 1;
      }
      return;
    }
    if (!(await attempt(client, kind, { text: 'begin', values: [] }))) return;
    for (const statement of statements) {
      if (await attempt(client, kind, statement)) continue;
      await client.query('rollback');
      return;
    }
    if ((await attempt(client, kind, { text: end, values: [] })) && end === 'commit')
      report.acknowledged += 1;
  }

  /** False when the database refused it. Throws when the connection is of no more use. */
  async function attempt(client: pg.Client, kind: string, { text, values }: Statement): Promise<boolean> {
    const excusedBefore = options.isExcused();
    const started = performance.now();
    try {
      await client.query(text, values);
    } catch (error) {
      report.failed += 1;
      const code = (error as { code?: unknown }).code;
      if (typeof code === 'string' && isRefusal(code)) return false;
      if (typeof code === 'string' && (excusedBefore || options.isExcused()) && isPassing(code)) return false;
      throw new Error(`${kind}: ${messageOf(error)}`, { cause: error });
    }
    const tookMs = performance.now() - started;
    if (!excusedBefore && !options.isExcused() && tookMs > report.longestStatementMs) {
      report.longestStatementMs = tookMs;
      report.longestStatement = kind;
    }
    return true;
  }

  const running = Array.from({ length: options.count }, (_, number) => run(options.random.fork(), number));
  return {
    report: () => ({ ...report }),
    failures,
    async stop() {
      stopping = true;
      await Promise.all(running);
    },
  };
}

/** A key that is there or is not, and a deadlock among the writers themselves. */
function isRefusal(code: string): boolean {
  return /^(23503|23505|40P01)$/.test(code);
}

/** A full disk leaves the connection as it is. */
function isPassing(code: string): boolean {
  return code.startsWith('53');
}
