import type { Config } from '../config.ts';
import type { Events } from '../events.ts';
import type { Log } from '../log.ts';
import { createEmbedders, type Embedders } from './embedders.ts';

/** The embedders, as the configuration asks for them. */
export function createConfiguredEmbedders(config: Config, log: Log, events?: Events): Embedders {
  return createEmbedders(
    {
      openaiApiKey: config.OPENAI_API_KEY,
      openaiBaseUrl: config.OPENAI_BASE_URL,
      model: config.OPENAI_EMBEDDINGS_MODEL,
      batchSize: config.RAG_EMBEDDING_BATCH_SIZE,
      concurrency: config.RAG_EMBEDDING_CONCURRENCY,
      requestTimeoutMs: config.OPENAI_TIMEOUT_MS,
      maxInputTokens: config.EMBEDDING_MAX_TOKENS,
    },
    log,
    events,
  );
}
