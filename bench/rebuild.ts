/**
 * What a full rebuild costs: of 10 000 rows that are unchanged, and of 10 000 of which 1 % changed unseen. Everything in one
 * process, through the job queue, from the request to the end of the rebuild, with the local embedder.
 *
 *   npm run bench                                  on the embedded Postgres
 *   BENCH_DATABASE_URL=postgres://… npm run bench  on a server; the database is left filled
 */
import '../bin/small-heap.js';
import { setTimeout as delay } from 'node:timers/promises';
import { readRebuild } from '../src/indexing/rebuild/queries.ts';
import { requestRebuild } from '../src/indexing/rebuild/request-rebuild.ts';
import { readIndexRun } from '../src/indexing/status.ts';
import { silentLog } from '../src/log.ts';
import { startBenchApp } from './bench-app.ts';

const ROWS = 10_000;
const REPEATS = 5;

// Without a listener: what is written here is for the rebuild to find.
const { app, stop } = await startBenchApp(['worker']);
const { main, vector, jobs } = app;
console.log(`${app.embedded ? 'embedded' : 'server'} Postgres`);

const cabinets = await main.pool.query<{ id: string }>(
  `insert into wb_cabinets (name) values ('bench') returning id`,
);
const cabinetId = Number(cabinets.rows[0]!.id);
await main.pool.query(
  `insert into wb_orders (cabinet_id, order_id, nm_id, name, total_price, order_date)
   select $1, 'rebuild-' || i, 1000 + i, 'Кроссовки беговые ' || i, 4990, now() from generate_series(1, $2::int) i`,
  [cabinetId, ROWS],
);

console.log(`${ROWS} rows, none indexed: ${await rebuild()}`);
for (let i = 0; i < REPEATS; i += 1) console.log(`${ROWS} rows, unchanged: ${await rebuild()}`);
await main.pool.query(`update wb_orders set status = 'cancelled' where cabinet_id = $1 and nm_id % 100 = 0`, [
  cabinetId,
]);
console.log(`${ROWS} rows, 1 % changed: ${await rebuild()}`);

await stop();

async function rebuild(): Promise<string> {
  const startedAt = performance.now();
  const requested = await requestRebuild({ main, vector, jobs, log: silentLog() }, cabinetId, {
    trigger: 'request',
  });
  for (;;) {
    const now = await readRebuild(vector.pool, cabinetId, requested.rebuild.id);
    if (now !== undefined && now.finishedAt !== null && now.runId !== null) {
      const tookMs = performance.now() - startedAt;
      const run = await readIndexRun(vector.pool, cabinetId, now.runId);
      return `${(tookMs / 1000).toFixed(2)} s, ${now.slice} slices; comparing ${run?.readMs.toFixed(0) ?? '?'} ms, ${run?.chunksNew ?? 0} new, ${run?.chunksUpdated ?? 0} changed, ${run?.chunksSkipped ?? 0} unchanged`;
    }
    await delay(2);
  }
}
