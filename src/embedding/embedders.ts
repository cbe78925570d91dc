import type { Events } from '../events.ts';
import type { Log } from '../log.ts';
import { createEmbedder, type EmbeddingConfig } from './create-embedder.ts';
import type { Embedder } from './embedder.ts';
import { createLocalEmbedder, LOCAL_MODEL } from './local-embedder.ts';

/** Every embedder that this process can have, by the identity of its vectors (`rag_embeddings.model`). */
export interface Embedders {
  /** The one of the configuration: what a cabinet gets that has no vectors yet. */
  readonly configured: Embedder;
  /** Who makes vectors of this identity; undefined: nobody in this process, because the key or the code is gone. */
  of(model: string): Embedder | undefined;
}

const GENERATION = /#(\d+)$/;

/** The model's name as its provider knows it: an identity without `#2`, which says that it was embedded anew. */
export function providerModelOf(model: string): string {
  return model.replace(GENERATION, '');
}

/** How often the model embedded everything: 1 without a `#`. */
export function generationOf(model: string): number {
  return Number(GENERATION.exec(model)?.[1] ?? 1);
}

/** The identity of vectors that are made anew by the same model, and must not be mixed with those of before. */
export function nextGenerationOf(model: string): string {
  return `${providerModelOf(model)}#${generationOf(model) + 1}`;
}

/**
 * @param events is told of each request to a provider
 * @throws AppError `config_invalid`
 */
export function createEmbedders(config: EmbeddingConfig, log: Log, events?: Events): Embedders {
  const local = createLocalEmbedder();
  return createEmbeddersFrom(createEmbedder(config, log, events), (name) => {
    if (name === LOCAL_MODEL) return local;
    // An older local embedder is code that is gone, not a model that a provider could have.
    if (name.startsWith('local-') || (config.openaiApiKey ?? '').trim() === '') return undefined;
    return createEmbedder({ ...config, model: name }, log, events);
  });
}

/** `make` gives the embedder of a provider's model that is not the configured one; each is made once. */
export function createEmbeddersFrom(
  configured: Embedder,
  make: (providerModel: string) => Embedder | undefined = () => undefined,
): Embedders {
  const made = new Map([[providerModelOf(configured.model), configured]]);
  return {
    configured,
    of(model) {
      const name = providerModelOf(model);
      let embedder = made.get(name);
      if (embedder === undefined) {
        embedder = make(name);
        if (embedder === undefined) return undefined;
        made.set(name, embedder);
      }
      return embedder.model === model ? embedder : { ...embedder, model };
    },
  };
}
