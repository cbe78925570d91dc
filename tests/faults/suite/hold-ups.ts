import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ROLES } from './cluster.ts';

export interface HoldUps {
  /** The longest time that a writer waited for a lock of the program, in milliseconds. */
  longestMs(): number;
  /** Whom it waited for. */
  culprit(): string;
  samples(): number;
  stop(): Promise<void>;
}

const WAITING_FOR_US = `
select 1000 * extract(epoch from clock_timestamp() - l.waitstart)::float8 as "waitedMs",
  b.application_name || ': ' || left(b.query, 200) as culprit
from pg_stat_activity w
join pg_locks l on l.pid = w.pid and not l.granted
cross join lateral unnest(pg_blocking_pids(w.pid)) as blocking (pid)
join pg_stat_activity b on b.pid = blocking.pid
where w.usename = '${ROLES.writer}' and b.usename = '${ROLES.program}' and l.waitstart is not null
order by 1 desc limit 1`;

const SAMPLE_MS = 20;

/** Looks again and again whether a writer waits for a backend of the program, and how long it has. */
export function watchHoldUps(adminUrl: string): HoldUps {
  let longestMs = 0;
  let culprit = '';
  let samples = 0;
  let stopping = false;
  const isStopping = () => stopping;

  async function run(): Promise<void> {
    while (!isStopping()) {
      const client = new pg.Client({ connectionString: adminUrl, query_timeout: 5_000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        while (!isStopping()) {
          const { rows } = await client.query<{ waitedMs: number; culprit: string }>(WAITING_FOR_US);
          samples += 1;
          if (rows[0] !== undefined && rows[0].waitedMs > longestMs) {
            longestMs = rows[0].waitedMs;
            culprit = rows[0].culprit;
          }
          await delay(SAMPLE_MS); // the interval of the samples
        }
      } catch {
        await delay(100); // the server is away; so are the writers
      } finally {
        void client.end().catch(() => undefined);
      }
    }
  }

  const running = run();
  return {
    longestMs: () => longestMs,
    culprit: () => culprit,
    samples: () => samples,
    async stop() {
      stopping = true;
      await running;
    },
  };
}
