/**
 * How fast the index follows the data: one row at a time on an idle system, then 10 000 rows by one statement, with the
 * local embedder, everything in one process.
 *
 *   npm run bench                                  on the embedded Postgres
 *   BENCH_DATABASE_URL=postgres://… npm run bench  on a server; the database has to be empty and is left filled
 */
import '../bin/small-heap.js';
import { setTimeout as delay } from 'node:timers/promises';
import { startBenchApp } from './bench-app.ts';

const SINGLE_ROWS = 200;
const BULK_ROWS = 10_000;

const startedAt = performance.now();
const { app, stop } = await startBenchApp(['listener', 'worker']);
console.log(
  `${app.embedded ? 'embedded' : 'server'} Postgres, start ${seconds(performance.now() - startedAt)}`,
);

const cabinets = await app.main.pool.query<{ id: string }>(
  `insert into wb_cabinets (name) values ('bench') returning id`,
);
const cabinetId = cabinets.rows[0]!.id;

const samples: number[] = [];
for (let i = 0; i < SINGLE_ROWS; i += 1) {
  const insert = `insert into wb_orders (cabinet_id, order_id, nm_id, name, total_price, order_date) values ($1, $2, $3, $4, 4990, now()) returning id`;
  const { rows } = await app.main.pool.query<{ id: string }>(insert, [
    cabinetId,
    `one-${i}`,
    1000 + i,
    `Кроссовки беговые ${i}`,
  ]);
  const committedAt = performance.now();
  while (!(await isSearchable(rows[0]!.id))) await delay(1);
  samples.push(performance.now() - committedAt);
}
samples.sort((a, b) => a - b);
const percentile = (share: number) =>
  samples[Math.min(SINGLE_ROWS - 1, Math.ceil(SINGLE_ROWS * share) - 1)]!.toFixed(0);
console.log(
  `one row, committed → searchable, ${SINGLE_ROWS} times: p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms, p99 ${percentile(0.99)} ms`,
);

const bulkAt = performance.now();
await app.main.pool.query(
  `insert into wb_orders (cabinet_id, order_id, nm_id, article, name, brand, size, quantity, price, total_price, warehouse_from, order_date, status)
   select $1, 'bulk-' || n, 200000 + n % 500, 'ART-' || n % 500, 'Куртка зимняя модель ' || n % 500, 'Бренд ' || n % 40, 'M', 1,
     3000 + n, 2500 + n, 'Коледино', now() - make_interval(hours => n % 2000), 'active'
   from generate_series(1, ${BULK_ROWS}) as n`,
  [cabinetId],
);
const insertedMs = performance.now() - bulkAt;
while ((await countSearchable()) < SINGLE_ROWS + BULK_ROWS) await delay(20);
const bulkMs = performance.now() - bulkAt;
console.log(
  `${BULK_ROWS} rows by one statement: insert ${seconds(insertedMs)}, all searchable after ${seconds(bulkMs)}`,
);

const renameAt = performance.now();
await app.main.pool.query(
  `update wb_orders set status = 'bought' where cabinet_id = $1 and order_id like 'bulk-%00'`,
  [cabinetId],
);
while ((await countText('%Статус: выкуплен%')) < BULK_ROWS / 100) await delay(5);
console.log(`1 % of them changed: all searchable after ${seconds(performance.now() - renameAt)}`);
// The kernel's own high-water mark, in kilobytes; samples would miss the moments that count.
console.log(`memory of the process, peak: ${(process.resourceUsage().maxRSS / 1000).toFixed(0)} MB`);

await stop();

async function isSearchable(sourceId: string): Promise<boolean> {
  const { rowCount } = await app.vector.pool.query(
    `select from rag_metadata m join rag_embeddings e on e.cabinet_id = m.cabinet_id and e.metadata_id = m.id and e.chunk_hash = m.chunk_hash
     where m.cabinet_id = $1 and m.source_table = 'wb_orders' and m.source_id = $2`,
    [cabinetId, sourceId],
  );
  return rowCount === 1;
}

async function countSearchable(): Promise<number> {
  const { rows } = await app.vector.pool.query<{ n: number }>(
    `select count(*)::int as n from rag_embeddings where cabinet_id = $1`,
    [cabinetId],
  );
  return rows[0]!.n;
}

async function countText(pattern: string): Promise<number> {
  const { rows } = await app.vector.pool.query<{ n: number }>(
    `select count(*)::int as n from rag_metadata where cabinet_id = $1 and chunk_text like $2`,
    [cabinetId, pattern],
  );
  return rows[0]!.n;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
