import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { isAppError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { MetricSet } from './metric-set.ts';
import { limitStatements } from './queries.ts';
import type { Reading } from './readings.ts';

/** What a scrape may cost, however the databases are. Prometheus gives up after ten seconds, many set less. */
const DEADLINE_MS = 1_000;

export interface StateReader {
  /** Sets the gauges to what the database knows, in at most a second; what did not come in time stays away. */
  refresh(): Promise<void>;
}

/** What has come of one look at a database so far. */
interface Look {
  /** The database has answered something, if only with an error. */
  answered: boolean;
  apply: Map<string, () => void>;
  /** Nobody waits for more. */
  over: boolean;
}

/**
 * Reads one thing after the other, on one connection at a time. While a look hangs no other is begun, however many scrapes
 * come: they must not pile up in the pool that the work needs.
 */
export function createStateReader(
  name: 'main' | 'vector',
  database: Database,
  readings: readonly Reading[],
  { metrics, log }: { metrics: MetricSet; log: Log },
): StateReader {
  let hanging: Promise<void> | undefined;

  async function look(into: Look): Promise<void> {
    for (const reading of readings) {
      if (into.over) return;
      try {
        const apply = await database.transaction(async (client) => {
          await limitStatements(client);
          into.answered = true;
          return reading.read(client, metrics);
        });
        into.apply.set(reading.name, apply);
      } catch (error) {
        log.debug(
          { err: error, database: name },
          `Metrics: reading ${reading.name} failed: ${messageOf(error)}`,
        );
        if (isAppError(error, 'database_unreachable') || isAppError(error, 'database_refused')) {
          into.answered = false;
          return;
        }
      }
    }
  }

  return {
    async refresh() {
      const current: Look = { answered: false, apply: new Map(), over: false };
      if (hanging === undefined) {
        const begun = look(current).finally(() => (hanging = undefined));
        hanging = begun;
        const timer = new AbortController();
        const late = delay(DEADLINE_MS, undefined, { signal: timer.signal }).catch(() => undefined);
        await Promise.race([begun, late]);
        timer.abort();
        current.over = true;
      }
      metrics.database_up.set({ database: name }, current.answered ? 1 : 0);
      for (const reading of readings) {
        const apply = current.apply.get(reading.name);
        metrics.state_reading_ok.set({ reading: reading.name }, apply === undefined ? 0 : 1);
        apply?.();
      }
    },
  };
}
