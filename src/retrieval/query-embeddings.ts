import type { Embedder } from '../embedding/embedder.ts';
import { encodeVector } from '../embedding/vector-codec.ts';
import { AppError } from '../errors.ts';
import { LeastRecentlyUsed } from './lru.ts';
import { invalid } from './search-request.ts';

/** How long a question may take to be embedded. A provider may be tried for minutes; an asker would rather have less, soon. */
export const EMBEDDING_PATIENCE_MS = 5_000;
/** 6 KB each. */
const CACHED_QUESTIONS = 1_000;

export interface QueryEmbeddings {
  /**
   * The question's vector as Postgres takes it; the same question is embedded once a model, as long as it is remembered.
   *
   * @throws AppError `invalid_request` for a question that the provider refuses; `embedding_unavailable`, `embedding_invalid`.
   */
  embed(embedder: Embedder, question: string, signal: AbortSignal | undefined): Promise<Buffer>;
}

export function createQueryEmbeddings(
  patienceMs = EMBEDDING_PATIENCE_MS,
  size = CACHED_QUESTIONS,
): QueryEmbeddings {
  const known = new LeastRecentlyUsed<string, Buffer>(size);
  return {
    async embed(embedder, question, signal) {
      const key = `${embedder.model}\0${question}`;
      const remembered = known.get(key);
      if (remembered !== undefined) return remembered;
      const vector = encodeVector(await embedQuestion(embedder, question, patienceMs, signal));
      known.set(key, vector);
      return vector;
    },
  };
}

async function embedQuestion(
  embedder: Embedder,
  question: string,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const deadline = AbortSignal.timeout(patienceMs);
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const { items } = await embedder
    .embed([question], { signal: either, urgent: true })
    .catch((error: unknown) => {
      if (!deadline.aborted || signal?.aborted === true) throw error;
      throw new AppError(
        'embedding_unavailable',
        `The embedding provider did not answer within ${patienceMs} ms.`,
        { cause: error },
      );
    });
  const item = items[0];
  if (item === undefined) throw new AppError('embedding_invalid', 'The embedding provider sent no vector.');
  if ('rejected' in item) {
    throw invalid('query', `is refused by the embedding provider: ${item.rejected}`);
  }
  return item.vector;
}
