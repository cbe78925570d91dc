import assert from 'node:assert/strict';
import { createAnalytics } from '../../src/analytics/analytics.ts';
import type { ChatAnswer, ChatEvent, ChatRequest } from '../../src/chat/chat-answer.ts';
import { createChat, type ChatDeps, type ChatOptions } from '../../src/chat/chat.ts';
import { createConversations } from '../../src/chat/conversations.ts';
import type { ChatModel, ModelReply, ModelRequest, ToolCall } from '../../src/chat/model/chat-model.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createEmbeddersFrom } from '../../src/embedding/embedders.ts';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import { createLog } from '../../src/log.ts';
import { createSearch } from '../../src/retrieval/search.ts';
import { NOW } from '../helpers/analytics-rows.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

/** What the model of a test says to a request; it may look at all that it was given, and throw what a provider's fault becomes. */
export type Script = (
  request: ModelRequest,
  options: { signal: AbortSignal; onText: (text: string) => void },
) => Partial<ModelReply> | Promise<Partial<ModelReply>>;

export interface ScriptedModel extends ChatModel {
  readonly requests: ModelRequest[];
}

/** Takes the next script for each request, and the last one for all others. */
export function scriptedModel(...scripts: Script[]): ScriptedModel {
  const requests: ModelRequest[] = [];
  return {
    model: 'scripted',
    price: { prompt: 2, completion: 8 },
    requests,
    async complete(request, { signal, onText = () => undefined }) {
      // As it is now: the caller goes on adding to the same list.
      requests.push({ ...request, messages: [...request.messages] });
      const script = scripts[Math.min(requests.length, scripts.length) - 1]!;
      const { text = '', toolCalls = [], ...rest } = await script(request, { signal, onText });
      // In pieces, as it comes over the wire.
      for (const piece of text.match(/[^]{1,7}/gu) ?? []) onText(piece);
      const finish = toolCalls.length > 0 ? 'tool_calls' : 'stop';
      return { text, toolCalls, finish, promptTokens: 1_000, completionTokens: 100, ...rest };
    },
  };
}

let calls = 0;

/** A call as a model asks for it. */
export function callOf(name: string, parameters: unknown): ToolCall {
  return { id: `call_${++calls}`, name, arguments: JSON.stringify(parameters) };
}

/** What the tools gave, in the order in which the model sees it. */
export function resultsOf({ messages }: ModelRequest): { name: string; result: Record<string, unknown> }[] {
  const names = new Map(
    messages.flatMap((message) =>
      message.role === 'assistant'
        ? (message.toolCalls ?? []).map(({ id, name }) => [id, name] as const)
        : [],
    ),
  );
  return messages.flatMap((message) =>
    message.role === 'tool'
      ? [
          {
            name: names.get(message.toolCallId) ?? assert.fail('a result of no call'),
            result: JSON.parse(message.content) as Record<string, unknown>,
          },
        ]
      : [],
  );
}

export interface ChatHarness {
  readonly database: TestDatabase;
  readonly main: Database;
  /** Lines of the log, as JSON. */
  readonly log: string[];
  /** Asks a chat of its own, on the databases of the harness. */
  ask(
    request: Pick<ChatRequest, 'cabinetId' | 'message'> & Partial<ChatRequest>,
    options?: AskOptions,
  ): Promise<Asked>;
  stop(): Promise<void>;
}

export interface AskOptions {
  model?: ChatModel | undefined;
  deps?: Partial<ChatDeps>;
  options?: Partial<ChatOptions>;
  signal?: AbortSignal;
  onEvent?: (event: ChatEvent) => void;
}

export interface Asked extends ChatAnswer {
  events: ChatEvent[];
  /** What somebody who follows the events has before their eyes in the end. */
  seen: string;
}

export async function startChatHarness(): Promise<ChatHarness> {
  const database = await createTestDatabase();
  const lines: string[] = [];
  const log = createLog({
    level: 'debug',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  const main = createDatabase({
    variable: 'DATABASE_URL',
    connectionString: database.connectionString,
    maxConnections: 4,
    applicationName: 'wb-assist test',
    log,
  });
  const now = () => NOW;
  const search = createSearch({ vector: main, embedders: createEmbeddersFrom(createLocalEmbedder()), now });
  const conversations = createConversations({ main }, { dailyLimit: -1, timeZone: 'Europe/Moscow', now });

  return {
    ...{ database, main, log: lines },
    async ask(request, { model, deps = {}, options = {}, signal, onEvent } = {}) {
      const chat = createChat(
        { main, search, analytics: createAnalytics({ main }), conversations, model, log, now, ...deps },
        { timeZone: 'Europe/Moscow', contextMaxLength: 12_000, modelTimeoutMs: 60_000, ...options },
      );
      const events: ChatEvent[] = [];
      let seen = '';
      const answer = await chat.send(
        { user: 'test', ...request },
        {
          signal,
          onEvent(event) {
            events.push(event);
            if (event.type === 'delta') seen += event.text;
            if (event.type === 'discarded') seen = '';
            onEvent?.(event);
          },
        },
      );
      assert.equal(seen, answer.text, 'the pieces are the whole');
      return { ...answer, events, seen };
    },
    async stop() {
      await main.close();
      await database.drop();
    },
  };
}
