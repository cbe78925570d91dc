import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import { assertIndexFollowsData, assertStatusIsTrue, type CompareOptions } from '../helpers/oracle.ts';
import {
  WINDOW_DAYS,
  clientWrites,
  resetCabinets,
  runWrites,
  type ClientWrites,
} from '../helpers/random-writes.ts';
import { createTestDatabase, nativeServerUrl } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';

// Replay a failure with the seed that it prints: FC_SEED=… (how the clients interleave may differ). FC_RUNS and
// FC_OPERATIONS make it longer, FC_SHRINK=1 looks for a smaller failing example.
const seed = Number(process.env['FC_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
// Drawn anew at each run of the suite. The embedded Postgres takes twice the time of a server.
const runs = Number(process.env['FC_RUNS'] ?? (nativeServerUrl === undefined ? 6 : 12));
const operations = Number(process.env['FC_OPERATIONS'] ?? 30);
const endOnFailure = process.env['FC_SHRINK'] === undefined;

const SERVICE_ENV = {
  RAG_WINDOW_DAYS: String(WINDOW_DAYS),
  // Small, so that a few rows already make several jobs and several batches of vectors.
  RAG_BATCH_WINDOW_MS: '10',
  RAG_BATCH_MAX_IDS: '20',
  RAG_EMBEDDING_BATCH_SIZE: '7',
};

const embedder = createLocalEmbedder();
const options: CompareOptions = {
  windowDays: WINDOW_DAYS,
  model: embedder.model,
  embed: async (texts) => {
    const { items } = await embedder.embed(texts);
    return items.map((item) => ('vector' in item ? item.vector : assert.fail(item.rejected)));
  },
};

interface Setting {
  /** How many listeners and workers share the work. */
  services: number;
  /** The vectors live in a database of their own. */
  ownVectorDatabase: boolean;
  numRuns: number;
  /** The provider refuses texts that hold this. */
  refusedWord?: string;
}

/** The local embedder, with a provider's right to refuse. */
function createRefusingEmbedder(isRefused: (text: string) => boolean): Embedder {
  return {
    ...embedder,
    async embed(texts, embedOptions) {
      const batch = await embedder.embed(texts, embedOptions);
      const items = batch.items.map((item, index) =>
        isRefused(texts[index]!) ? { rejected: 'refused' } : item,
      );
      return { ...batch, items };
    },
  };
}

async function assertFollowing(t: TestContext, setting: Setting): Promise<void> {
  t.diagnostic(`FC_SEED=${seed} FC_RUNS=${runs} FC_OPERATIONS=${operations}`);
  await using stack = new AsyncDisposableStack();
  const main = await createTestDatabase();
  stack.defer(() => main.drop());
  const vector = setting.ownVectorDatabase ? await createTestDatabase() : main;
  if (vector !== main) stack.defer(() => vector.drop());
  const { refusedWord } = setting;
  const refuses = (text: string) => refusedWord !== undefined && text.includes(refusedWord);
  const services: TestService[] = [];
  for (let n = 0; n < setting.services; n += 1) {
    const service = await startTestService({
      databaseUrl: main.connectionString,
      vectorDatabaseUrl: vector.connectionString,
      env: SERVICE_ENV,
      embedder: createRefusingEmbedder(refuses),
    });
    stack.defer(() => service.stop());
    services.push(service);
  }

  const total = { taken: 0, refused: 0 };
  const property = fc.asyncProperty(clientWrites(operations), async (clients) => {
    await resetCabinets(main.pool);
    // Comparing whole cabinets, which the reset calls for, would otherwise make up for changes that were missed.
    await services[0]!.untilQuiet();
    const { taken, refused } = await runWrites(main.connectionString, clients);
    total.taken += taken;
    total.refused += refused;
    await services[0]!.untilQuiet();
    await assertIndexFollowsData(main.pool, vector.pool, { ...options, refuses });
    await assertStatusIsTrue(main.pool, vector.pool);
  });
  const outcome = await fc.check(property, { seed, numRuns: setting.numRuns, endOnFailure });
  if (outcome.failed) assert.fail(describeFailure(outcome));
  t.diagnostic(`${total.taken} writes taken, ${total.refused} refused`);
  assert.ok(total.taken > total.refused, `most writes have to get through: ${JSON.stringify(total)}`);
}

/** fast-check's own report would print long texts whole. */
function describeFailure({
  numRuns,
  seed,
  counterexample,
  errorInstance,
}: fc.RunDetails<[ClientWrites[]]>): string {
  const clip = (_: string, value: unknown) =>
    typeof value === 'string' && value.length > 80
      ? `${value.slice(0, 60)}… (${value.length} characters)`
      : value;
  return [
    `Run ${numRuns} of FC_SEED=${seed} failed.`,
    errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    'The writes, a line a client:',
    ...(counterexample?.[0] ?? []).map((client) => JSON.stringify(client.transactions, clip)),
  ].join('\n');
}

describe('the index follows the data, whatever several clients write at once,', () => {
  it('with one service', (t) => assertFollowing(t, { services: 1, ownVectorDatabase: false, numRuns: runs }));

  it('with two services that share the work', (t) =>
    assertFollowing(t, { services: 2, ownVectorDatabase: false, numRuns: Math.ceil(runs / 4) }));

  it('with the vectors in another database', (t) =>
    assertFollowing(t, { services: 1, ownVectorDatabase: true, numRuns: Math.ceil(runs / 4) }));

  it('with a provider that refuses some texts', (t) =>
    assertFollowing(t, {
      services: 1,
      ownVectorDatabase: false,
      numRuns: Math.ceil(runs / 4),
      refusedWord: 'Товар 1',
    }));
});
