import type { Config } from './config.ts';

/** What a valid configuration asks for that its owner may not expect, one line each. */
export function configWarnings(config: Config, { hasApi }: { hasApi: boolean }): string[] {
  const warnings: string[] = [];
  if (hasApi && config.OPENAI_CHAT_TIMEOUT_MS >= config.API_REQUEST_TIMEOUT_MS)
    warnings.push(
      'OPENAI_CHAT_TIMEOUT_MS is not below API_REQUEST_TIMEOUT_MS: a slow model ends a request to the chat before the answer without it can be given',
    );
  if (!config.RAG_ENABLED)
    warnings.push('RAG_ENABLED is false: changes wait in the outbox until it is true again');
  if (config.RAG_INDEXING_INTERVAL_HOURS !== undefined)
    warnings.push(
      'RAG_INDEXING_INTERVAL_HOURS is ignored: the index follows every change, there is no interval',
    );
  return warnings;
}
