import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 50;
const TIMEOUT_MS = 5_000;

export interface HealthRecord {
  asked: number;
  failed: number;
  longestOutageMs: number;
}

/** Asks a service for its health, again and again, for as long as the work takes. */
export async function watchHealth(url: string, work: () => Promise<void>): Promise<HealthRecord> {
  const record: HealthRecord = { asked: 0, failed: 0, longestOutageMs: 0 };
  const done = new AbortController();
  const watch = async () => {
    let wellUntil = performance.now();
    while (!done.signal.aborted) {
      const isWell = await fetch(`${url}/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
        (response) => response.ok,
        () => false,
      );
      record.asked += 1;
      const now = performance.now();
      if (!isWell) {
        record.failed += 1;
        record.longestOutageMs = Math.max(record.longestOutageMs, Math.round(now - wellUntil));
      } else wellUntil = now;
      await delay(EVERY_MS);
    }
  };
  await Promise.all([
    watch(),
    work().finally(() => {
      done.abort();
    }),
  ]);
  return record;
}
