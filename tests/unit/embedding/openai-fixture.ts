import type { TestContext } from 'node:test';
import type { Embedder, EmbeddingBatch } from '../../../src/embedding/embedder.ts';
import { createOpenAIEmbedder, type OpenAIEmbedderOptions } from '../../../src/embedding/openai-embedder.ts';
import { isAppError, type AppError } from '../../../src/errors.ts';
import { createFakeOpenAI, type FakeOpenAI, type FakeOpenAIOptions } from '../../helpers/fake-openai.ts';

export interface Fixture {
  fake: FakeOpenAI;
  embedder: Embedder;
  /** Waits that were asked for. None of them takes any time: the clock jumps. */
  waits: number[];
  /** Moves the clock on. */
  advance: (ms: number) => void;
  now: () => number;
  /** Sets the wall clock, as an administrator does; time itself does not move. */
  setWallClock: (byMs: number) => void;
}

export const API_KEY = 'sk-proj-SECRETSECRETSECRET';

/** An embedder before a fake provider, with a clock that only moves when it is told to, and no chance in it. */
export async function createFixture(
  t: TestContext,
  options: Partial<OpenAIEmbedderOptions> = {},
  fakeOptions: FakeOpenAIOptions = {},
): Promise<Fixture> {
  const fake = await createFakeOpenAI(fakeOptions);
  t.after(() => fake.stop());
  const waits: number[] = [];
  let wallOffsetMs = 0;
  let nowMs = Date.UTC(2026, 10, 20);
  const embedder = createOpenAIEmbedder(
    {
      apiKey: API_KEY,
      baseUrl: fake.url,
      model: 'text-embedding-3-small',
      batchSize: 100,
      concurrency: 4,
      requestTimeoutMs: 10_000,
      ...options,
    },
    {
      now: () => nowMs + wallOffsetMs,
      steady: () => nowMs,
      random: () => 1,
      sleep: (ms, signal) => {
        waits.push(ms);
        nowMs += ms;
        return signal.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve();
      },
    },
  );
  return {
    ...{ fake, embedder, waits },
    advance: (ms) => void (nowMs += ms),
    now: () => nowMs + wallOffsetMs,
    setWallClock: (byMs) => void (wallOffsetMs += byMs),
  };
}

/** The error that an embedding fails with; fails itself when it is no `embedding_unavailable`. */
export async function unavailable(
  embedding: Promise<EmbeddingBatch>,
): Promise<AppError & { retryAfterMs: number }> {
  const outcome: unknown = await embedding.catch((error: unknown) => error);
  if (!isAppError(outcome, 'embedding_unavailable')) {
    throw new Error('Expected embedding_unavailable', { cause: outcome });
  }
  return Object.assign(outcome, { retryAfterMs: Number(outcome.details['retryAfterMs']) });
}

/** The vectors of a batch; fails when an input was rejected. */
export function vectorsOf(batch: EmbeddingBatch): Float32Array[] {
  return batch.items.map((item) => {
    if ('rejected' in item) {
      throw new Error(`Unexpectedly rejected: ${item.rejected}`);
    }
    return item.vector;
  });
}
