/**
 * Width of `rag_embeddings.embedding`, a `halfvec(1536)`. Shorter vectors are padded with zeros, which add nothing to a dot
 * product or a length: the cosine of two padded vectors is exactly that of the originals.
 */
export const EMBEDDING_DIMENSIONS = 1536;

/** What became of one text: its vector, or why the provider will never take it. */
export type EmbeddingItem =
  | {
      /** Exactly `EMBEDDING_DIMENSIONS` wide, finite, of unit length. */
      vector: Float32Array;
      /** The vector is of the beginning of the text alone: how many characters, and why. */
      cut?: { chars: number; reason: string };
    }
  | {
      /** For the person who looks for the missing chunk. Holds no secret. */
      rejected: string;
    };

export interface EmbeddingBatch {
  /** One item a text, in the order of the texts. */
  items: EmbeddingItem[];
  /** Tokens that the provider bills for. */
  tokens: number;
  /** HTTP requests sent with these texts, retries included. */
  requests: number;
  /** Requests that repeated a failed one. */
  retries: number;
}

export interface Embedder {
  readonly provider: 'openai' | 'local';
  /** Identity of the vectors, stored in `rag_embeddings.model`: vectors of one model can be compared. */
  readonly model: string;
  /** `null` where the price is not known; 0 for the local one. */
  readonly usdPerMillionTokens: number | null;
  /**
   * Embeds texts. A text that the provider refuses, or fails over while it answers others, becomes `{ rejected }` and never
   * fails its neighbours; of one that is too long for the model the beginning is embedded.
   *
   * Vectors of a call that throws are lost though they may have been paid for, so hand over no more texts
   * at once than you would want to embed again: one batch.
   *
   * @throws AppError `embedding_unavailable` on a fault of the provider or of its settings (outage, 429, quota,
   *   key, timeouts), with `details.retryAfterMs`: when to try again. No text is to blame for it.
   * @throws the signal's reason when it is aborted.
   */
  embed(
    texts: readonly string[],
    options?: {
      signal?: AbortSignal | undefined;
      /** Somebody waits for it: it does not stand in line behind texts that are indexed. */
      urgent?: boolean | undefined;
    },
  ): Promise<EmbeddingBatch>;
}

/**
 * Scales a vector to unit length in place. `halfvec` keeps numbers from 6e-8 to 65 504: a provider whose
 * vectors are not normalised could leave that range, while a unit vector never does.
 *
 * @returns false, and leaves the vector alone, when it has no direction: all zeros, or a number not finite.
 */
export function normalizeVector(vector: Float32Array): boolean {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) {
    squares += vector[i]! * vector[i]!;
  }
  if (!(squares > 0 && squares < Infinity)) {
    return false;
  }
  // OpenAI's vectors are of unit length up to rounding; dividing those again would only change their last bits.
  if (Math.abs(squares - 1) > 1e-3) {
    const factor = 1 / Math.sqrt(squares);
    for (let i = 0; i < vector.length; i++) {
      vector[i] = vector[i]! * factor;
    }
  }
  return true;
}
