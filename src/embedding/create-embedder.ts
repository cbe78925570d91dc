import type { Events } from '../events.ts';
import type { Log } from '../log.ts';
import type { Embedder } from './embedder.ts';
import { createLocalEmbedder } from './local-embedder.ts';
import { createOpenAIEmbedder } from './openai-embedder.ts';

export interface EmbeddingConfig {
  /** OPENAI_API_KEY. Without it texts are embedded locally. */
  openaiApiKey?: string | undefined;
  /** OPENAI_BASE_URL, of any OpenAI-compatible server. */
  openaiBaseUrl?: string | undefined;
  /** OPENAI_EMBEDDINGS_MODEL */
  model: string;
  /** RAG_EMBEDDING_BATCH_SIZE: inputs a request, 1 to 2048. */
  batchSize: number;
  /** Requests under way at once. */
  concurrency: number;
  /** For one attempt. */
  requestTimeoutMs: number;
  /** EMBEDDING_MAX_TOKENS */
  maxInputTokens?: number | undefined;
}

/**
 * The embedder that the configuration asks for. Create one a process: it bounds the requests of all its users
 * together.
 *
 * @throws AppError `config_invalid`
 */
export function createEmbedder(config: EmbeddingConfig, log: Log, events?: Events): Embedder {
  const apiKey = config.openaiApiKey?.trim() ?? '';
  const baseUrl = config.openaiBaseUrl?.trim() ?? '';
  if (apiKey !== '') {
    const { model, batchSize, concurrency, requestTimeoutMs, maxInputTokens } = config;
    const options = {
      apiKey,
      baseUrl: baseUrl === '' ? undefined : baseUrl,
      model,
      batchSize,
      concurrency,
      requestTimeoutMs,
      maxInputTokens,
      events,
    };
    return createOpenAIEmbedder(options);
  }
  const embedder = createLocalEmbedder();
  log.warn(
    { model: embedder.model },
    'Embeddings are lexical, not semantic: they match words, word forms and typos, not meaning. ' +
      'Set OPENAI_API_KEY to search by meaning' +
      (baseUrl === '' ? '' : ' (OPENAI_BASE_URL alone is not enough; a server that needs no key takes any)'),
  );
  return embedder;
}
