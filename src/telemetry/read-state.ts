import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { isAppError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { MetricSet } from './metric-set.ts';
import { limitStatements } from './queries.ts';
import type { Reading } from './readings.ts';

/** The longest that a scrape may wait for the databases. Prometheus gives up after ten seconds; many set less. */
const DEADLINE_MS = 1_000;
/** What came too late for one scrape is still good for the next, if that comes soon: so a slow database is known, too. */
const MAX_AGE_MS = 15_000;

const isFresh = (at: number): boolean => performance.now() - at < MAX_AGE_MS;

export interface StateReader {
  /** Sets the gauges to what the database knows, in at most a second; what did not come in time stays away. */
  refresh(): Promise<void>;
}

/** One round of readings, and what has come of it so far. Times are `performance.now()`. */
interface Look {
  answeredAt: number;
  results: Map<string, { apply: () => void; at: number }>;
  endedAt: number | undefined;
  done: Promise<void>;
}

/**
 * Reads one thing after the other, on one connection at a time. While a look takes its time no other is begun, however many
 * scrapes come: they wait for the same, and must not pile up in the pool that the work needs.
 */
export function createStateReader(
  name: 'main' | 'vector',
  database: Database,
  readings: readonly Reading[],
  { metrics, log }: { metrics: MetricSet; log: Log },
): StateReader {
  let latest: Look | undefined;

  async function read(look: Look): Promise<void> {
    for (const reading of readings) {
      try {
        const apply = await database.transaction(async (client) => {
          await limitStatements(client);
          look.answeredAt = performance.now();
          return reading.read(client, metrics);
        });
        look.results.set(reading.name, { apply, at: performance.now() });
      } catch (error) {
        log.debug(
          { err: error, database: name },
          `Metrics: reading ${reading.name} failed: ${messageOf(error)}`,
        );
        if (isAppError(error, 'database_unreachable') || isAppError(error, 'database_refused')) {
          look.answeredAt = -Infinity;
          return;
        }
      }
    }
  }

  function begin(): Look {
    const look: Look = {
      answeredAt: -Infinity,
      results: new Map(),
      endedAt: undefined,
      done: Promise.resolve(),
    };
    look.done = read(look).finally(() => (look.endedAt = performance.now()));
    return look;
  }

  return {
    async refresh() {
      // One that ended after its scrape was answered has told nobody yet.
      const isOver = latest?.endedAt !== undefined && !isFresh(latest.endedAt);
      const look = latest === undefined || isOver ? begin() : latest;
      latest = look;
      const timer = new AbortController();
      const late = delay(DEADLINE_MS, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([look.done, late]);
      timer.abort();
      if (look.endedAt !== undefined) latest = undefined;
      metrics.database_up.set({ database: name }, isFresh(look.answeredAt) ? 1 : 0);
      for (const reading of readings) {
        const result = look.results.get(reading.name);
        const isKnown = result !== undefined && isFresh(result.at);
        metrics.state_reading_ok.set({ reading: reading.name }, isKnown ? 1 : 0);
        if (isKnown) result.apply();
      }
    },
  };
}
