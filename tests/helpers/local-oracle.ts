import assert from 'node:assert/strict';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import type { CompareOptions } from './oracle.ts';

const embedder = createLocalEmbedder();

/** What the index of a service without a provider has to be, with the window as it is unless set. */
export const localOracle: CompareOptions = {
  windowDays: 90,
  model: embedder.model,
  embed: async (texts) => {
    const { items } = await embedder.embed(texts);
    return items.map((item) => ('vector' in item ? item.vector : assert.fail(item.rejected)));
  },
};
