import type { Analytics } from '../analytics/analytics.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/pool.ts';
import type { Events } from '../events.ts';
import type { Log } from '../log.ts';
import type { Search } from '../retrieval/search.ts';
import { createChat, type Chat } from './chat.ts';
import type { ConversationRecords } from './conversation-records.ts';
import { createConversations, type Conversations } from './conversations.ts';
import { createConfiguredChatModel } from './model/configured-chat-model.ts';

export interface ConfiguredChat {
  chat: Chat;
  conversations: Conversations & ConversationRecords;
}

/**
 * The chat with its conversations, as the configuration asks for them.
 *
 * @throws AppError `config_invalid` for a key or an address that no request can be made with.
 */
export function createConfiguredChat(
  config: Config,
  deps: { main: Database; search: Search; log: Log; analytics: Analytics; events?: Events },
): ConfiguredChat {
  const timeZone = config.CABINET_TIME_ZONE;
  const conversations = createConversations(
    { main: deps.main },
    { dailyLimit: config.DAILY_LIMIT, timeZone },
  );
  const model = createConfiguredChatModel({
    apiKey: config.OPENAI_API_KEY,
    baseUrl: config.OPENAI_BASE_URL,
    model: config.OPENAI_CHAT_MODEL,
    // Shorter than the time for an answer, or a provider that does not answer would never be known to be down.
    requestTimeoutMs: Math.min(config.OPENAI_TIMEOUT_MS, config.OPENAI_CHAT_TIMEOUT_MS * 0.6),
    events: deps.events,
  });
  const chat = createChat(
    { ...deps, conversations, model },
    {
      timeZone,
      contextMaxLength: config.RAG_CONTEXT_MAX_LENGTH,
      modelTimeoutMs: config.OPENAI_CHAT_TIMEOUT_MS,
    },
  );
  return { chat, conversations };
}
