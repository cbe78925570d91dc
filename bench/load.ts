/**
 * The API under load: 200 clients at once that ask for the status (60 %), search (25 %) and send bad requests (15 %), on a
 * server, while somebody looks at /health ten times a second. Latencies are those after 5 s of warm-up in each round. Ends
 * with 1 when a promise is broken: an answer that should not be, status later than 100 ms (p99), health later than 100 ms
 * (p99), memory that grows from round to round.
 *
 *   BENCH_DATABASE_URL=postgres://… npm run bench:load    an empty database; it is left filled
 *   LOAD_ROUNDS, LOAD_SECONDS, LOAD_CLIENTS               5, 30, 200 unless set
 */
import '../bin/small-heap.js';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startBenchApp } from './bench-app.ts';
import {
  WARM_UP_MS,
  type ClientsOptions,
  type ClientsReport,
  type KindFigures,
  type RequestKind,
} from './load/clients.ts';

const CABINETS = 5;
const ROWS = 2_000;
const KEY = 'bench-secret-key-0123456789-0123456789';
const ROUNDS = Number(process.env['LOAD_ROUNDS'] ?? 5);
const SECONDS = Number(process.env['LOAD_SECONDS'] ?? 30);
const CLIENTS = Number(process.env['LOAD_CLIENTS'] ?? 200);

const MAX_STATUS_P99_MS = 100;
const MAX_HEALTH_P99_MS = 100;
/** The heap after garbage collection, from the second round on: the first fills caches. */
const MAX_GROWTH_SHARE = 0.1;
const MAX_GROWTH_BYTES = 5_000_000;

const databaseUrl = process.env['BENCH_DATABASE_URL'];
if (databaseUrl === undefined) {
  console.error('BENCH_DATABASE_URL is not set: this one needs a server, and an empty database on it.');
  process.exit(2);
}

const broken: string[] = [];
const cabinetIds = await fill();
const { api, url } = await startApi();
console.log(
  `${CABINETS} cabinets of ${ROWS} chunks; ${CLIENTS} clients, ${ROUNDS} rounds of ${SECONDS} s; load average before ${loadavg()[0]!.toFixed(2)}`,
);
const heaps: number[] = [];
for (let round = 1; round <= ROUNDS; round += 1) {
  const options: ClientsOptions = { url, key: KEY, clients: CLIENTS, seconds: SECONDS, cabinetIds };
  const [report, health] = await Promise.all([runClients(options), watchHealth(SECONDS)]);
  console.log(`round ${round}`);
  for (const kind of Object.keys(report) as RequestKind[]) {
    say(kind, report[kind]);
    if (report[kind].unexpected > 0)
      broken.push(`round ${round}: ${report[kind].unexpected} answers to ${kind} that should not be`);
  }
  say('health', health);
  if (health.unexpected > 0) broken.push(`round ${round}: health was not up ${health.unexpected} times`);
  if (report.status.p99 > MAX_STATUS_P99_MS)
    broken.push(`round ${round}: status p99 ${ms(report.status.p99)}`);
  if (health.p99 > MAX_HEALTH_P99_MS) broken.push(`round ${round}: health p99 ${ms(health.p99)}`);
  const memory = await readMemory(api);
  heaps.push(memory.heapUsed);
  console.log(
    `  memory after it: heap ${mb(memory.heapUsed)}, external ${mb(memory.external)}, process ${mb(memory.rss)}`,
  );
}
const [, second] = heaps;
const growth = second === undefined ? 0 : heaps.at(-1)! - second;
if (second !== undefined && growth > Math.max(MAX_GROWTH_BYTES, second * MAX_GROWTH_SHARE))
  broken.push(`the heap grew by ${mb(growth)} since the second round`);

api.kill('SIGTERM');
await once(api, 'exit');
console.log(broken.length === 0 ? 'every promise was kept' : `broken:\n  ${broken.join('\n  ')}`);
process.exitCode = broken.length === 0 ? 0 : 1;

/** Orders and reviews of several cabinets, indexed by the program itself. */
async function fill(): Promise<number[]> {
  const { app, stop } = await startBenchApp(['listener', 'worker']);
  const ids: number[] = [];
  for (let i = 1; i <= CABINETS; i += 1) {
    const { rows } = await app.main.pool.query<{ id: number }>(
      `insert into wb_cabinets (name) values ($1) returning id::float8 as id`,
      [`load ${i}`],
    );
    const cabinetId = rows[0]!.id;
    ids.push(cabinetId);
    await app.main.pool.query(
      `insert into wb_orders (cabinet_id, order_id, nm_id, article, name, brand, size, quantity, price, total_price, warehouse_from, order_date, status)
       select $1, 'load-' || n, 200000 + n % 500, 'ART-' || n % 500, 'Куртка зимняя модель ' || n % 500, 'Бренд ' || n % 40, 'M', 1,
         3000 + n, 2500 + n, 'Коледино', now() - make_interval(hours => n % 2000), 'active'
       from generate_series(1, $2::int / 2) as n`,
      [cabinetId, ROWS],
    );
    await app.main.pool.query(
      `insert into wb_reviews (cabinet_id, review_id, nm_id, text, rating, created_date)
       select $1, 'load-' || n, 200000 + n % 500, 'Размер мал, молния разошлась, возврат. Номер ' || n, 1 + n % 5, now() - make_interval(hours => n % 2000)
       from generate_series(1, $2::int / 2) as n`,
      [cabinetId, ROWS],
    );
  }
  for (;;) {
    const { rows } = await app.vector.pool.query<{ n: number }>(
      `select count(*)::int as n from rag_embeddings where cabinet_id = any ($1::bigint[])`,
      [ids],
    );
    if (rows[0]!.n >= CABINETS * ROWS) break;
    await delay(100);
  }
  await app.vector.pool.query('analyze rag_metadata, rag_embeddings');
  await stop();
  return ids;
}

/** As an operator starts it, but that it collects its garbage when told. */
async function startApi(): Promise<{ api: ChildProcess; url: string }> {
  const program = fileURLToPath(new URL('../bin/wb-assist.js', import.meta.url));
  const reporter = new URL('./load/report-memory.js', import.meta.url).href;
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      '--import',
      reporter,
      ...(process.env['LOAD_NODE_ARGS']?.split(' ') ?? []),
      program,
      'api',
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      // Linux shares the processor out by session, and each Postgres backend has one of its own.
      detached: true,
      env: {
        ...process.env,
        ...{ DATABASE_URL: databaseUrl, API_SECRET_KEY: KEY, API_PORT: '0', RAG_PORT: '0' },
        // All clients have one key.
        API_RATE_LIMIT_PER_MINUTE: '0',
        ...{ LOG_FORMAT: 'json', LOG_LEVEL: 'info' },
      },
    },
  );
  process.on('exit', () => child.kill());
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.on('exit', (code) => reject(new Error(`The API ended with ${String(code)} before it was ready`)));
  createInterface({ input: child.stdout! }).on('line', (text) => {
    if (!text.includes('wb-assist is ready')) return;
    resolve((JSON.parse(text) as { apiUrls: string[] }).apiUrls[0]!);
  });
  return { api: child, url: await promise };
}

async function runClients(options: ClientsOptions): Promise<ClientsReport> {
  const program = fileURLToPath(new URL('./load/clients.ts', import.meta.url));
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  return JSON.parse(output) as ClientsReport;
}

/** From this process, which has nothing else to do, on connections of its own. */
async function watchHealth(seconds: number): Promise<KindFigures> {
  const samples: number[] = [];
  const counts: Record<string, number> = {};
  await delay(WARM_UP_MS);
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const startedAt = performance.now();
    const status = await fetch(`${url}/health`).then(
      async (answer) => (await answer.arrayBuffer(), answer.status),
      () => 'failed' as const,
    );
    samples.push(performance.now() - startedAt);
    counts[status] = (counts[status] ?? 0) + 1;
    await delay(100);
  }
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.max(0, Math.ceil(samples.length * share) - 1)]!;
  return {
    counts,
    unexpected: samples.length - (counts['200'] ?? 0),
    ...{ p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
  };
}

async function readMemory(child: ChildProcess): Promise<NodeJS.MemoryUsage> {
  await delay(1_000);
  child.send('memory');
  return ((await once(child, 'message')) as [NodeJS.MemoryUsage])[0];
}

function say(name: string, { counts, p50, p95, p99, max }: KindFigures): void {
  const answers = Object.entries(counts).map(([status, count]) => `${status} ×${count}`);
  console.log(
    `  ${name.padEnd(12)} p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, slowest ${ms(max)}; ${answers.join(', ')}`,
  );
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
