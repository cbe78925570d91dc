/**
 * What a search costs, from the question to the hits, the local embedding of the question included: 20 cabinets of 10 000
 * chunks each, questions of every kind, one after the other and four at once, in a process of its own. Every question is new
 * to the caches but for the names of the cabinets, and asked of another cabinet than the one before. What is paid once - the
 * names of each cabinet, connections, the code itself - is measured first, and by itself. And what the words and facts of a
 * chunk (rag-migrations/013) cost its writer.
 *
 *   BENCH_DATABASE_URL=postgres://… npm run bench:search   the database is left filled, and a filled one is used again
 *   npm run bench:search -- 3                              of 3 cabinets
 */
import '../bin/small-heap.js';
import { loadavg } from 'node:os';
import { createEmbeddersFrom } from '../src/embedding/embedders.ts';
import { createLocalEmbedder } from '../src/embedding/local-embedder.ts';
import { createSearch, type SearchRequest } from '../src/retrieval/search.ts';
import { startBenchApp } from './bench-app.ts';
import { copyCabinet, countBySource, fillFirstCabinet, measureWriting } from './search-data.ts';

const CABINETS = Number(process.argv[2] ?? 20);
/** Rows of the shop, of which some reviews are too old to be indexed: about 10 000 chunks. */
const ROWS = 11_050;
const ROUNDS = 20;
const AT_ONCE = 4;

const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  'understood to the last word': [
    'заказы за вчера',
    'возвраты джинсов за неделю',
    'остатки по кросам',
    'негативные отзывы',
  ],
  'words of reviews': [
    'сломалась молния, замок не работает',
    'цвет не такой как на картинке',
    'воняет химией',
  ],
  'words that stand everywhere': ['товар', 'товар размер цвет заказ склад количество', 'шт'],
  'a filter that leaves nothing': [
    'возвраты пледов дороже 500000 за вчера',
    'отзывы на 1 звезду сегодня про бритву',
  ],
  'nothing understood': ['подошва', 'крем для сухой кожи рук с алоэ', 'удобная посадка и мягкая ткань'],
};

const bench = await startBenchApp(['worker']);
const { vector } = bench.app;
const { rows } = await vector.pool.query<{ version: string; buffers: string }>(
  `select current_setting('server_version') as version, current_setting('shared_buffers') as buffers`,
);
console.log(
  `${bench.app.embedded ? 'embedded' : 'server'} Postgres ${rows[0]!.version}, shared_buffers ${rows[0]!.buffers}, load ${loadOf()}`,
);

const first = await fillFirstCabinet(bench, ROWS);
for (let copy = 1; copy < CABINETS; copy += 1) await copyCabinet(vector, first, first + 1_000 + copy);
await vector.pool.query('vacuum analyze rag_metadata');
await vector.pool.query('vacuum analyze rag_embeddings');
const cabinets = [first, ...Array.from({ length: CABINETS - 1 }, (_, copy) => first + 1_001 + copy)];
console.log(`${CABINETS} cabinets of ${await countBySource(vector, first)}`);
console.log(await measureWriting(vector, first));

const search = createSearch({ vector, embedders: createEmbeddersFrom(createLocalEmbedder()) });
let asked = 0;
async function ask(question: string, options: Partial<SearchRequest> = {}): Promise<number> {
  const cabinetId = cabinets[asked++ % cabinets.length]!;
  const startedAt = performance.now();
  // A number that nothing has makes the question new to the cache, as most are.
  await search.search({ cabinetId, query: `${question} ${7_000_000 + asked}`, ...options });
  return performance.now() - startedAt;
}

const firsts: number[] = [];
for (let turn = 0; turn < cabinets.length; turn += 1) firsts.push(await ask('отзывы'));
console.log(`warm-up, the first of the process: ${firsts.shift()!.toFixed(1)} ms`);
if (firsts.length > 0) console.log(`warm-up, the first of each other cabinet: ${describe(firsts)}`);
const warming: number[] = [];
for (const question of Object.values(QUESTIONS).flat()) warming.push(await ask(question));
console.log(`warm-up, each question for the first time: ${describe(warming)}`);

const all: number[] = [];
for (const [kind, questions] of Object.entries(QUESTIONS)) {
  const times: number[] = [];
  let slowest = { question: '', ms: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const question of questions) {
      const ms = await ask(question);
      times.push(ms);
      if (ms > slowest.ms) slowest = { question, ms };
    }
  }
  all.push(...times);
  console.log(`${kind}: ${describe(times)}: ${slowest.question}`);
}
console.log(`all: ${describe(all)}, load ${loadOf()}`);
for (const mode of ['vector', 'text', 'hybrid'] as const) {
  const times: number[] = [];
  for (const question of Object.values(QUESTIONS).flat())
    for (let round = 0; round < 4; round += 1) times.push(await ask(question, { mode, understand: false }));
  console.log(`${mode}, not understood: ${describe(times)}`);
}
const many = Object.values(QUESTIONS).flat();
const startedAt = performance.now();
const concurrent: number[] = [];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (const question of many) concurrent.push(await ask(question));
  }),
);
const perSecond = (concurrent.length * 1000) / (performance.now() - startedAt);
console.log(`${AT_ONCE} at once: ${describe(concurrent)}, ${perSecond.toFixed(0)} a second`);
await bench.stop();

function loadOf(): string {
  return loadavg()[0]!.toFixed(1);
}

function describe(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${sorted.length}), slowest ${sorted.at(-1)!.toFixed(1)} ms`;
}
