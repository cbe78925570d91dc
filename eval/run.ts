/**
 * How well search and analytics answer what sellers ask: docs/evaluation.md.
 *
 *   npm run eval                                     on the embedded Postgres, with the local embedder
 *   TEST_DATABASE_URL=postgres://… npm run eval      on a server, in a database of its own that is dropped afterwards
 *   OPENAI_API_KEY=… npm run eval                    with that embedder too (OPENAI_BASE_URL for a compatible server)
 *
 * Fails when what is promised of the local embedder is not kept.
 */
import '../bin/small-heap.js';
import { parseArgs } from 'node:util';
import { createConfiguredEmbedders } from '../src/embedding/configured.ts';
import { loadConfig } from '../src/load-config.ts';
import { createEmbeddersFrom, type Embedders } from '../src/embedding/embedders.ts';
import { createLocalEmbedder } from '../src/embedding/local-embedder.ts';
import { silentLog } from '../src/log.ts';
import { createTestDatabase } from '../tests/helpers/test-database.ts';
import { createAdapter } from './adapter.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import { describeFailures } from './failures.ts';
import { brokenPromises } from './promises.ts';
import { HOLDOUT } from './questions/holdout.ts';
import { ANALYTICS_KINDS, RETRIEVAL_KINDS, type QuestionSet } from './questions/question.ts';
import { resolveQuestions, SPLITS, type ResolvedSet, type Split } from './questions/resolve.ts';
import { TUNING } from './questions/tuning.ts';
import { writeReport } from './report.ts';
import { FROZEN_AT, indexShop, synchroniseShop, TIME_ZONE } from './shop.ts';

const KINDS: readonly string[] = [...RETRIEVAL_KINDS, ...ANALYTICS_KINDS];
const SETS: Readonly<Record<Split, QuestionSet>> = { tuning: TUNING, holdout: HOLDOUT };

const { values: options } = parseArgs({
  options: {
    split: { type: 'string', default: 'all' },
    kind: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    failures: { type: 'boolean', default: false },
  },
});
const splits = SPLITS.filter((name) => [name, 'all'].includes(options.split));
const unknown = options.kind.filter((kind) => !KINDS.includes(kind));
if (splits.length === 0 || unknown.length > 0) {
  console.error(`--split is tuning, holdout or all; --kind is one of ${KINDS.join(', ')}`);
  process.exit(2);
}

const progress = (line: string) => console.error(`… ${line}`);
const local = createEmbeddersFrom(createLocalEmbedder());
const configured = configuredEmbedders();
const evaluations: Evaluation[] = [];
for (const embedders of configured === undefined ? [local] : [local, configured])
  evaluations.push(await evaluateWith(embedders));

if (options.json)
  console.log(
    JSON.stringify(
      evaluations.map(({ model, retrieval, analytics }) => ({ model, retrieval, analytics })),
      undefined,
      2,
    ),
  );
// The promises are about the whole of a part.
const broken = options.kind.length === 0 ? brokenPromises(evaluations[0]!) : [];
for (const sentence of broken) console.error(`Not kept: ${sentence}`);
process.exitCode = broken.length === 0 ? 0 : 1;

async function evaluateWith(embedders: Embedders): Promise<Evaluation> {
  const { model } = embedders.configured;
  const database = await createTestDatabase();
  try {
    progress(`${model}: synchronising and indexing the shop`);
    const shop = await synchroniseShop(database.connectionString);
    try {
      const { main, cabinetId } = shop;
      progress(`${model}: ${await indexShop(shop, embedders)} chunks`);
      const questions = await readQuestions({ executor: main.pool, cabinetId, now: FROZEN_AT });
      const adapter = createAdapter({ main, embedders, cabinetId, now: FROZEN_AT, timeZone: TIME_ZONE });
      const evaluation = await evaluate(adapter, model, questions, progress);
      if (!options.json) {
        console.log(`\n${writeReport(evaluation, questions, options.markdown ? 'markdown' : 'text')}\n`);
        if (options.failures) console.log(await describeFailures(main.pool, cabinetId, evaluation));
      }
      return evaluation;
    } finally {
      await shop.close();
    }
  } finally {
    await database.drop();
  }
}

/** Stops the program when the set has a fault: its figures would say nothing. */
async function readQuestions(asking: Parameters<typeof resolveQuestions>[0]): Promise<ResolvedSet> {
  const parts: ResolvedSet[] = [];
  for (const split of splits) parts.push(await resolveQuestions(asking, SETS[split], split));
  const isAsked = ({ kind }: { kind: string }) => options.kind.length === 0 || options.kind.includes(kind);
  const questions = {
    retrieval: parts.flatMap(({ retrieval }) => retrieval).filter(isAsked),
    analytics: parts.flatMap(({ analytics }) => analytics).filter(isAsked),
  };
  const faults = [...questions.retrieval, ...questions.analytics].filter(({ fault }) => fault !== undefined);
  for (const { id, fault } of faults) console.error(`A fault of the set: ${id}: ${fault ?? ''}`);
  if (faults.length > 0) throw new Error(`${faults.length} questions cannot be asked of this shop`);
  return questions;
}

/** Undefined: nothing but the local embedder is configured. */
function configuredEmbedders(): Embedders | undefined {
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: url } = process.env;
  if ((key ?? '') === '' && (url ?? '') === '') return undefined;
  // A compatible server that needs no key takes any.
  return createConfiguredEmbedders(
    loadConfig({ ...process.env, OPENAI_API_KEY: key || 'none' }),
    silentLog(),
  );
}
