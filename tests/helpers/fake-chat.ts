import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendReply } from './fake-chat-wire.ts';
import { sendError } from './fake-responses.ts';

/** A call that the fake asks for. */
export interface FakeToolCall {
  name: string;
  /** Sent as JSON; a string goes out as it is, which may be no JSON at all. */
  arguments: unknown;
  /** Left out: one is made up. Null: there is none, as some servers have it. */
  id?: string | null;
}

/** What becomes of a stream after its last piece, in place of a proper end. */
export type FakeEnd =
  | 'hang' // nothing more, and the connection stays open
  | 'cut' // the connection is destroyed
  | 'end' // a clean end of the body, without finish_reason, usage and [DONE]
  | { error: unknown }; // an object `{"error": …}` in the stream

/** An answer of the model. All of it may be left out: `{}` is the text `Ответ.` */
export interface FakeAnswerReply {
  /** One piece, or several; each is sent as soon as it is there. */
  text?: string | Iterable<string> | AsyncIterable<string>;
  toolCalls?: readonly FakeToolCall[];
  /** Default: `tool_calls` with calls, else `stop`. Null: said nowhere. */
  finish?: string | null;
  /** Default: counted by words. Null: not told. */
  usage?: { prompt: number; completion: number } | null;
  /** Says this instead of an answer, as OpenAI's models do. */
  refusal?: string;
  then?: FakeEnd;
}

export type FakeChatReply =
  | FakeAnswerReply
  /** `body`: sent as JSON, or as it is when a string. Default: an error as OpenAI words it. */
  | {
      status: number;
      code?: string | null;
      message?: string;
      param?: string;
      headers?: Record<string, string>;
      body?: unknown;
    }
  /** Before anything is sent: no answer ever, or a destroyed connection. */
  | { before: 'hang' | 'cut' }
  /**
   * 200 with this body; a string as it is. `type`: its content type, `application/json` unless told. `stay`: nothing ends
   * it, and the connection stays open.
   */
  | { body: unknown; type?: string; stay?: boolean };

/** Looks at what came and says what to answer; may take its time. */
export type FakeChatScript = (request: FakeChatRequest) => FakeChatReply | Promise<FakeChatReply>;

export interface FakeChatMessage {
  role: string;
  content: string | null;
  tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
}

export interface FakeChatRequest {
  model: string;
  messages: FakeChatMessage[];
  /** Names of the functions on offer. */
  tools: string[];
  toolChoice: unknown;
  /** The text of the last message. */
  lastText: string;
  headers: IncomingMessage['headers'];
  /** The whole body as sent. */
  body: Record<string, unknown>;
  /** Resolves when the connection of the answer is over: it was sent, or the client hung up (`whole` false). */
  closed: Promise<{ whole: boolean }>;
}

/** Ways in which compatible servers differ from OpenAI's. */
export interface FakeChatDialect {
  /** Answers with one JSON object although a stream is asked for. */
  withoutStreaming?: boolean;
  /** Never tells usage. */
  withoutUsage?: boolean;
  /** Refuses requests that have one of these parameters with 400 (`code`: `unsupported_parameter`). */
  unsupported?: readonly string[];
  /** How it says so. */
  refusalOf?: (parameter: string) => FakeChatReply;
  /** The name that it gives its model in answers. */
  modelName?: string;
  /** Refuses other keys with 401. */
  apiKey?: string;
}

/** The `/v1/chat/completions` of the fake server. */
export interface FakeChat {
  /** In order of arrival, those that were answered with a fault included. */
  readonly requests: readonly FakeChatRequest[];
  /** Adds replies to the script: each request takes the next one. When it is used up, `{}` answers. */
  readonly respondWith: (...replies: (FakeChatReply | FakeChatScript)[]) => void;
  /** Answers every request that finds no script; `undefined` ends it. */
  readonly respondAlways: (reply: FakeChatReply | FakeChatScript | undefined) => void;
  /** Makes the server another one. `{}`: OpenAI's. */
  readonly behaveAs: (dialect: FakeChatDialect) => void;
  /** Resolves as soon as so many requests have arrived since the start. */
  readonly waitForRequests: (count: number) => Promise<void>;
}

export function createFakeChat(): FakeChat & {
  /** Answers one request, whose body has been read. */
  handle: (raw: string, request: IncomingMessage, response: ServerResponse) => Promise<void>;
} {
  const requests: FakeChatRequest[] = [];
  const script: (FakeChatReply | FakeChatScript)[] = [];
  const waiting = new Set<{ count: number; reached: () => void }>();
  let always: FakeChatReply | FakeChatScript | undefined;
  let dialect: FakeChatDialect = {};

  return {
    requests,
    respondWith: (...replies) => void script.push(...replies),
    respondAlways: (reply) => void (always = reply),
    behaveAs: (other) => void (dialect = other),
    waitForRequests: (count) =>
      new Promise((reached) => {
        if (requests.length >= count) reached();
        else waiting.add({ count, reached });
      }),
    async handle(raw, incoming, response) {
      const request = readRequest(raw, incoming, response);
      requests.push(request);
      for (const waiter of waiting) {
        if (requests.length < waiter.count) continue;
        waiting.delete(waiter);
        waiter.reached();
      }
      if (dialect.apiKey !== undefined && incoming.headers.authorization !== `Bearer ${dialect.apiKey}`) {
        sendError(response, 401, 'Incorrect API key provided.', 'invalid_api_key');
        return;
      }
      const unsupported = dialect.unsupported?.find((name) => name in request.body);
      if (unsupported !== undefined) {
        await sendReply(request, response, (dialect.refusalOf ?? unsupportedParameter)(unsupported), dialect);
        return;
      }
      const next = script.shift() ?? always ?? {};
      await sendReply(request, response, typeof next === 'function' ? await next(request) : next, dialect);
    },
  };
}

function unsupportedParameter(param: string): FakeChatReply {
  const message = `Unsupported parameter: '${param}' is not supported with this model.`;
  return { status: 400, code: 'unsupported_parameter', message, param };
}

function readRequest(raw: string, incoming: IncomingMessage, response: ServerResponse): FakeChatRequest {
  const body = JSON.parse(raw) as Record<string, unknown>;
  const messages = body['messages'] as FakeChatMessage[];
  const tools = (body['tools'] ?? []) as { function: { name: string } }[];
  return {
    model: String(body['model']),
    messages,
    tools: tools.map((tool) => tool.function.name),
    toolChoice: body['tool_choice'],
    lastText: messages.at(-1)?.content ?? '',
    headers: incoming.headers,
    body,
    closed: new Promise((resolve) =>
      response.once('close', () => resolve({ whole: response.writableFinished })),
    ),
  };
}
