import { EMBEDDING_DIMENSIONS } from './embedder.ts';

/** USD per 1M input tokens: https://platform.openai.com/docs/pricing, section "Embeddings". */
const USD_PER_MILLION_TOKENS: ReadonlyMap<string, number> = new Map(
  Object.entries<number>({
    'text-embedding-3-small': 0.02,
    'text-embedding-3-large': 0.13,
    'text-embedding-ada-002': 0.1,
  }),
);

/** Undefined prices are unknown, not zero: another server may ask anything for its models. */
export function priceOfModel(model: string): number | null {
  return USD_PER_MILLION_TOKENS.get(model) ?? null;
}

/**
 * The `dimensions` to ask a model for, or undefined where the option must not be sent: most models refuse it.
 * text-embedding-3-large gives 3072 by itself, twice what the index holds, and was trained to be shortened.
 * Gateways put a vendor before the name (`openai/text-embedding-3-large`).
 */
export function requestedDimensions(model: string): number | undefined {
  return model.split('/').at(-1) === 'text-embedding-3-large' ? EMBEDDING_DIMENSIONS : undefined;
}
