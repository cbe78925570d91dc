/**
 * Whether one key can take the API from others. Asks with the key of one cabinet while nothing else happens, and again while
 * another key has 300 long searches and 40 messages to the chat under way all the time: each is sent anew when it is answered,
 * and after a 503 or 429 as Retry-After says. Ends with 1 when the p99 of the first key is beyond 3 times its own, or /health
 * takes more than 200 ms.
 *
 *   BENCH_DATABASE_URL=postgres://… node bench/one-key.ts    an empty database; it is left filled
 *   ONE_KEY_SECONDS                                          10 unless set
 */
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { startBenchApp } from './bench-app.ts';

const SEARCHES = 300;
const CHATS = 40;
const ROWS = 2_000;
const SECONDS = Number(process.env['ONE_KEY_SECONDS'] ?? 10);
const MAX_RATIO = 3;
const MAX_HEALTH_MS = 200;
const LONG_QUESTION = '1 января '.repeat(440);

interface Client {
  url: string;
  cabinetId: number;
  key: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });

function send(
  { url, key }: Pick<Client, 'url' | 'key'>,
  path: string,
  body?: object,
): Promise<{ status: number; retryAfterMs: number }> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      'x-api-key': key,
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const method = text === undefined ? 'GET' : 'POST';
    const request = httpRequest(url + path, { agent, method, headers }, (answer) => {
      answer.resume().on('error', reject);
      answer.on('end', () =>
        resolve({
          status: answer.statusCode!,
          retryAfterMs: 1000 * Number(answer.headers['retry-after'] ?? 0),
        }),
      );
    });
    request.on('error', reject).end(text);
  });
}

/** The greedy one, in a thread of its own. */
async function flood(client: Client): Promise<never> {
  const ask = async (path: string, body: object): Promise<void> => {
    for (;;) {
      // A connection that the server has just closed for being idle is no answer; the next one is.
      const { retryAfterMs } = await send(client, path, { cabinet_id: client.cabinetId, ...body }).catch(
        () => ({ retryAfterMs: 0 }),
      );
      if (retryAfterMs > 0) await delay(retryAfterMs * (0.5 + Math.random()));
    }
  };
  await Promise.all([
    ...Array.from({ length: SEARCHES }, () => ask('/v1/rag/search', { query: LONG_QUESTION })),
    ...Array.from({ length: CHATS }, () => ask('/v1/chat/send', { message: LONG_QUESTION, user: 'bench' })),
  ]);
  throw new Error('It never ends.');
}

interface Figures {
  p50: number;
  p99: number;
  max: number;
  count: number;
  wrong: number;
}

/** One after the other, as a person asks. */
async function watch(ask: (place: number) => Promise<{ status: number }>): Promise<Figures> {
  const samples: number[] = [];
  let wrong = 0;
  const end = performance.now() + SECONDS * 1000;
  for (let place = 0; performance.now() < end; place += 1) {
    const start = performance.now();
    const { status } = await ask(place);
    samples.push(performance.now() - start);
    if (status !== 200) wrong += 1;
    await delay(10);
  }
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.max(0, Math.ceil(samples.length * share) - 1)]!;
  return { p50: at(0.5), p99: at(0.99), max: at(1), count: samples.length, wrong };
}

async function measure(client: Client): Promise<Record<'search' | 'status' | 'health', Figures>> {
  const [search, status, health] = await Promise.all([
    watch((place) =>
      send(client, '/v1/rag/search', { cabinet_id: client.cabinetId, query: `куртка зимняя ${place % 500}` }),
    ),
    watch(() => send(client, `/v1/rag/status/${client.cabinetId}`)),
    watch(() => send(client, '/health')),
  ]);
  return { search, status, health };
}

function say(what: string, figures: Record<string, Figures>): void {
  console.log(what);
  for (const [kind, { p50, p99, max, count, wrong }] of Object.entries(figures))
    console.log(
      `  ${kind.padEnd(8)} p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, slowest ${max.toFixed(1)} ms of ${count}; not 200: ${wrong}`,
    );
}

async function main(): Promise<void> {
  const { app, stop } = await startBenchApp(['api', 'listener', 'worker'], {
    ...{ API_SECRET_KEY: 'of-this-bench-9f41c7', API_PORT: '0', RAG_PORT: '0' },
    ...{ API_RATE_LIMIT_PER_MINUTE: '0', DAILY_LIMIT: '-1' },
  });
  const url = app.apiUrls[0]!;
  const operator = { url, key: 'of-this-bench-9f41c7' };
  const clients: Client[] = [];
  for (const name of ['greedy', 'modest']) {
    const { rows } = await app.main.pool.query<{ id: number }>(
      'insert into wb_cabinets (name) values ($1) returning id::float8 as id',
      [name],
    );
    const cabinetId = rows[0]!.id;
    await app.main.pool.query(
      `insert into wb_orders (cabinet_id, order_id, nm_id, article, name, brand, size, quantity, price, total_price, warehouse_from, order_date, status)
       select $1, 'one-key-' || n, 200000 + n % 500, 'ART-' || n % 500, 'Куртка зимняя модель ' || n % 500, 'Бренд ' || n % 40, 'M', 1,
         3000 + n, 2500 + n, 'Коледино', now() - make_interval(hours => n % 2000), 'active'
       from generate_series(1, $2::int) as n`,
      [cabinetId, ROWS],
    );
    const answer = await fetch(`${url}/api/v1/cabinets/${cabinetId}/keys`, {
      method: 'POST',
      headers: { 'x-api-key': operator.key, 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    clients.push({ url, cabinetId, key: ((await answer.json()) as { key: string }).key });
  }
  const [greedy, modest] = clients as [Client, Client];
  for (;;) {
    const { rows } = await app.vector.pool.query<{ n: number }>(
      'select count(*)::int as n from rag_embeddings',
    );
    if (rows[0]!.n >= 2 * ROWS) break;
    await delay(100);
  }
  await app.vector.pool.query('analyze rag_metadata, rag_embeddings');

  await measure(modest); // plans, caches
  const idle = await measure(modest);
  say('alone', idle);
  const flooding = new Worker(new URL(import.meta.url), { workerData: greedy });
  await delay(2_000);
  const loaded = await measure(modest);
  say(`beside ${SEARCHES} long searches and ${CHATS} chats of another key`, loaded);
  await flooding.terminate();
  const broken = (['search', 'status'] as const).filter(
    (kind) => loaded[kind].p99 > MAX_RATIO * idle[kind].p99 || loaded[kind].wrong > 0,
  );
  for (const kind of broken)
    console.log(`${kind}: p99 is ${(loaded[kind].p99 / idle[kind].p99).toFixed(1)} times as long`);
  if (loaded.health.max > MAX_HEALTH_MS) console.log(`/health took ${loaded.health.max.toFixed(0)} ms`);
  const isKept = broken.length === 0 && loaded.health.max <= MAX_HEALTH_MS;
  if (isKept) console.log('every promise was kept');
  agent.destroy();
  await stop();
  process.exitCode = isKept ? 0 : 1;
}

await (isMainThread ? main() : flood(workerData as Client));
