import type { TestContext } from 'node:test';
import type {
  ChatModel,
  ModelReply,
  ModelRequest,
  ModelTool,
} from '../../../../src/chat/model/chat-model.ts';
import {
  createOpenAIChatModel,
  type OpenAIChatModelOptions,
} from '../../../../src/chat/model/openai-chat-model.ts';
import { isAppError, type AppError, type ErrorCode } from '../../../../src/errors.ts';
import { createEvents, type AppEvents } from '../../../../src/events.ts';
import type { FakeChat } from '../../../helpers/fake-chat.ts';
import { createFakeOpenAI } from '../../../helpers/fake-openai.ts';

export const API_KEY = 'sk-proj-SECRETSECRETSECRET';

export const TOP_PRODUCTS: ModelTool = {
  type: 'function',
  function: {
    name: 'top_products',
    description: 'The best products.',
    parameters: { type: 'object', properties: { limit: { type: 'integer' } } },
  },
};

/** A question with nothing around it. */
export const QUESTION: ModelRequest = {
  messages: [
    { role: 'system', content: 'Отвечай кратко.' },
    { role: 'user', content: 'Сколько заказов вчера?' },
  ],
  tools: [TOP_PRODUCTS],
  toolChoice: 'auto',
};

export interface Asked {
  reply: ModelReply;
  /** Pieces of text in the order in which they were told. */
  told: string[];
}

export interface Fixture {
  chat: FakeChat;
  model: ChatModel;
  /** Asks `QUESTION`, or another one. */
  ask: (request?: Partial<ModelRequest>, signal?: AbortSignal) => Promise<Asked>;
  /** Pieces told by all questions, failed ones included. */
  told: string[];
  ended: AppEvents['chatRequestEnded'][0][];
  /** Waits that were asked for. None of them takes any time: the clock jumps. */
  waits: number[];
  advance: (ms: number) => void;
  stopServer: () => Promise<void>;
}

/** A language model before a fake provider, with a clock that only moves when it is told to, and no chance in it. */
export async function createFixture(
  t: TestContext,
  options: Partial<OpenAIChatModelOptions> = {},
): Promise<Fixture> {
  const fake = await createFakeOpenAI();
  t.after(() => fake.stop());
  const events = createEvents();
  const [ended, waits, told]: [Fixture['ended'], number[], string[]] = [[], [], []];
  events.on('chatRequestEnded', (event) => void ended.push(event));
  let nowMs = Date.UTC(2026, 10, 20);
  const model = createOpenAIChatModel(
    {
      ...{ apiKey: API_KEY, baseUrl: fake.url, model: 'gpt-4.1-mini', requestTimeoutMs: 20_000, events },
      ...options,
    },
    {
      now: () => nowMs,
      steady: () => nowMs,
      random: () => 1,
      sleep: (ms, signal) => {
        waits.push(ms);
        nowMs += ms;
        return signal.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve();
      },
    },
  );
  return {
    ...{ chat: fake.chat, model, told, ended, waits, stopServer: fake.stop },
    advance: (ms) => void (nowMs += ms),
    async ask(request = {}, signal = new AbortController().signal) {
      const first = told.length;
      const reply = await model.complete(
        { ...QUESTION, ...request },
        { signal, onText: (text) => void told.push(text) },
      );
      return { reply, told: told.slice(first) };
    },
  };
}

/** The error that a call fails with; fails itself when it is another one. */
export async function failure(
  code: ErrorCode,
  call: Promise<unknown>,
): Promise<AppError & { retryAfterMs: number }> {
  const outcome: unknown = await call.catch((error: unknown) => error);
  if (!isAppError(outcome, code)) throw new Error(`Expected ${code}`, { cause: outcome });
  return Object.assign(outcome, { retryAfterMs: Number(outcome.details['retryAfterMs']) });
}

/** The body of a stream of these objects, as it goes over the wire. */
export function streamOf(...chunks: unknown[]): { body: string; type: string } {
  const lines = chunks.map(
    (chunk) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`,
  );
  return { body: lines.join(''), type: 'text/event-stream' };
}

/** A chunk of a stream with this delta. */
export function chunk(delta: unknown, finish: string | null = null): unknown {
  return { choices: [{ index: 0, delta, finish_reason: finish }] };
}
