import { EMBEDDING_DIMENSIONS, normalizeVector, type Embedder, type EmbeddingItem } from './embedder.ts';
import { featuresOfSymbols, featuresOfToken, tokenize, type TokenFeatures } from './text-features.ts';
import { createTimeSlice } from './time-slice.ts';

/** Part of every stored vector's identity: raise it with any change of features, weights or hashes. */
export const LOCAL_MODEL = 'local-lexical-1';

/** Words kept with their features; the words of one seller's goods are a few thousand. About 300 bytes each. */
const CACHED_WORDS = 20_000;
/**
 * Different words of one text that count. A book has fewer; a megabyte of noise has 170 000 and would stop the
 * process for a second, though its vector is as full of everything after the first few thousand.
 */
const MAX_DISTINCT_TOKENS = 20_000;

/**
 * Embeds without a provider: stems, character n-grams and numbers of the text, hashed with a sign into 1536
 * places (feature hashing, Weinberger et al. 2009), repeated words counted by their logarithm. Two texts are
 * near when they share words, word forms or parts of words; meaning is not known to it. The same text gives the
 * same vector on every machine.
 */
export function createLocalEmbedder(): Embedder {
  const cache = createFeatureCache();
  return {
    provider: 'local',
    model: LOCAL_MODEL,
    usdPerMillionTokens: 0,
    async embed(texts, { signal } = {}) {
      signal?.throwIfAborted();
      const items: EmbeddingItem[] = [];
      const giveWay = createTimeSlice(signal);
      for (const text of texts) {
        items.push({ vector: embedText(text, cache) });
        await giveWay();
      }
      // Tokens and requests are what a provider bills for; a word count here would look like spent money.
      return { items, tokens: 0, requests: 0, retries: 0 };
    },
  };
}

function embedText(text: string, cache: (token: string) => TokenFeatures): Float32Array {
  const vector = new Float32Array(EMBEDDING_DIMENSIONS);
  const counts = new Map<string, number>();
  for (const token of tokenize(text)) {
    const count = counts.get(token) ?? 0;
    if (count > 0 || counts.size < MAX_DISTINCT_TOKENS) {
      counts.set(token, count + 1);
    }
  }
  for (const [token, count] of counts) {
    addFeatures(vector, cache(token), count === 1 ? 1 : 1 + Math.log(count));
  }
  if (counts.size === 0) {
    addFeatures(vector, featuresOfSymbols(text), 1);
  }
  if (!normalizeVector(vector)) {
    // Every feature met its opposite: next to impossible, but a zero vector has no cosine at all.
    vector[0] = 1;
  }
  return vector;
}

function addFeatures(vector: Float32Array, features: TokenFeatures, factor: number): void {
  add(vector, features.places, features.placeWeight * factor);
  add(vector, features.ngrams, features.ngramWeight * factor);
}

function add(vector: Float32Array, places: Int16Array, weight: number): void {
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place > 0) {
      vector[place - 1]! += weight;
    } else {
      vector[-place - 1]! -= weight;
    }
  }
}

/**
 * Two generations of a map: when the young one is full it becomes the old one, and the old one goes. Bounded, and
 * the words that keep coming stay, without the bookkeeping of a real LRU.
 */
function createFeatureCache(): (token: string) => TokenFeatures {
  let young = new Map<string, TokenFeatures>();
  let old = young;
  return (token) => {
    let features = young.get(token);
    if (features === undefined) {
      features = old.get(token) ?? featuresOfToken(token);
      if (young.size >= CACHED_WORDS / 2) {
        old = young;
        young = new Map();
      }
      young.set(token, features);
    }
    return features;
  };
}
