import type { Events } from '../../events.ts';
import type { ChatModel } from './chat-model.ts';
import { createOpenAIChatModel } from './openai-chat-model.ts';

export interface ChatModelConfig {
  /** OPENAI_API_KEY */
  apiKey: string | undefined;
  /** OPENAI_BASE_URL */
  baseUrl: string | undefined;
  /** OPENAI_CHAT_MODEL; `off`: none. */
  model: string;
  /** For the first byte of an answer, and again for each that follows. */
  requestTimeoutMs: number;
  concurrency?: number | undefined;
  events?: Events | undefined;
}

/**
 * The language model that the configuration asks for; undefined without a key, or when it is switched off. Create one a
 * process.
 *
 * @throws AppError `config_invalid`
 */
export function createConfiguredChatModel(config: ChatModelConfig): ChatModel | undefined {
  const apiKey = config.apiKey?.trim() ?? '';
  const baseUrl = config.baseUrl?.trim() ?? '';
  if (apiKey === '' || config.model.trim().toLowerCase() === 'off') return undefined;
  return createOpenAIChatModel({
    ...config,
    apiKey,
    baseUrl: baseUrl === '' ? undefined : baseUrl,
    model: config.model.trim(),
  });
}
