import type { OpenAI } from 'openai';
import { AppError } from '../errors.ts';
import { fetchWithReadableErrors } from './error-body.ts';

export const DEFAULT_BASE_URL = 'https://api.openai.com/v1';

/** OpenAI's API, or a server that speaks it. */
export interface OpenAIServer {
  apiKey: string;
  /** With its `/v1`. */
  baseUrl: string;
}

/** A function that makes the client when first called: the package takes 130 ms to load, which not every command should pay. */
export function createOpenAILoader({ apiKey, baseUrl }: OpenAIServer): () => Promise<OpenAI> {
  let client: Promise<OpenAI> | undefined;
  return () =>
    (client ??= import('openai').then(
      // Retries are ours: the package ignores a long Retry-After. So is logging: `OPENAI_LOG=debug` prints requests.
      ({ OpenAI }) =>
        new OpenAI({
          apiKey,
          baseURL: baseUrl,
          maxRetries: 0,
          logLevel: 'off',
          fetch: fetchWithReadableErrors,
        }),
    ));
}

/** @throws AppError `config_invalid`: mistakes that would otherwise look like an outage that never ends. */
export function checkOpenAIServer({ apiKey, baseUrl }: OpenAIServer): void {
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new AppError(
      'config_invalid',
      'OPENAI_API_KEY must be one word of ASCII characters, such as sk-proj-….',
    );
  }
  const protocol = URL.parse(baseUrl)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new AppError(
      'config_invalid',
      `OPENAI_BASE_URL must be an http(s) address, such as ${DEFAULT_BASE_URL}.`,
    );
  }
}
