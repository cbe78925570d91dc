import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { createFakeChat, type FakeChat } from './fake-chat.ts';
import { countTokens, send, sendError } from './fake-responses.ts';

export { countTokens } from './fake-responses.ts';

/** One answer of the script. `ok` is the answer that the server would have given without a script. */
export type FakeAnswer =
  | { kind: 'ok'; latencyMs?: number }
  /** `body`: sent as JSON, or as it is when a string. Default: an error as OpenAI words it. */
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: unknown; code?: string }
  /** Never answers. */
  | { kind: 'hang' }
  /** Sends the headers and half of the body, then nothing. */
  | { kind: 'hang-in-body' }
  /** Closes the connection without an answer. */
  | { kind: 'cut' }
  /** Sends half of the body, then closes the connection. */
  | { kind: 'cut-in-body' }
  /** 200 with a web page, as a captive portal or a wrong path gives. */
  | { kind: 'html' }
  /** 200 with this JSON. */
  | { kind: 'json'; body: unknown }
  /** A vector too few. */
  | { kind: 'wrong-count' }
  /** The right vectors, last first, each with its right `index`. */
  | { kind: 'reordered' }
  /** Vectors of this many dimensions. */
  | { kind: 'wrong-width'; width: number }
  /** The vector of the last input (or of all) holds NaN. */
  | { kind: 'nan'; all?: boolean }
  /** The vector of the last input (or of all) is all zeros. */
  | { kind: 'zeros'; all?: boolean };

export interface FakeOpenAIRequest {
  inputs: string[];
  headers: IncomingMessage['headers'];
  /** The whole body as sent: model, encoding_format, dimensions … */
  body: Record<string, unknown>;
  /** `Date.now()` on arrival. */
  at: number;
}

type AnswerTo = (inputs: readonly string[], request: FakeOpenAIRequest) => FakeAnswer | undefined;

export interface FakeOpenAIOptions {
  /** Dimensions of the vectors; 1536 unless told. */
  width?: number;
  /** Ignores `encoding_format` and answers with arrays of numbers, as many servers do. */
  arraysOnly?: boolean;
  /** Leaves `usage` out. */
  withoutUsage?: boolean;
  /** Refuses other keys with 401. */
  apiKey?: string;
  /** Before every answer. */
  latencyMs?: number;
}

export interface Held {
  /** Resolves with the first request that is held. */
  readonly arrived: Promise<FakeOpenAIRequest>;
  /** Lets all held requests go, and holds no more. Each is then answered as the script says. */
  readonly release: () => void;
}

export interface FakeOpenAI {
  /** For OPENAI_BASE_URL; ends in `/v1`. */
  readonly url: string;
  /** Requests for embeddings, in order of arrival, those that were answered with a fault included. */
  readonly requests: readonly FakeOpenAIRequest[];
  /** Texts of all requests that were answered with vectors. */
  readonly embeddedTexts: readonly string[];
  /** Adds answers to the script: each request takes the next one. When it is used up, answers are right again. */
  readonly respondWith: (...answers: FakeAnswer[]) => void;
  /** Gives this answer to every request that finds no script; `undefined` ends it. An outage that lasts. */
  readonly respondAlways: (answer: FakeAnswer | undefined) => void;
  /** Answers so whatever requests it says; the others as without. A fault that is the same each time. */
  readonly respondTo: (script: AnswerTo | undefined) => void;
  /** Refuses with 400 every request that holds such an input; `undefined` ends it. */
  readonly rejectInputs: (predicate: ((input: string) => boolean) | undefined) => void;
  /** Keeps the answers of requests (of those that `matches` picks) back until released. */
  readonly hold: (matches?: (inputs: readonly string[]) => boolean) => Held;
  /** Resolves as soon as so many requests have arrived since the start. */
  readonly waitForRequests: (count: number) => Promise<void>;
  /** The vector of a text: a function of the text and the width alone, of unit length. */
  readonly vectorOf: (text: string) => Float32Array;
  /** The language models of the same server. */
  readonly chat: FakeChat;
  /** May be called again. */
  readonly stop: () => Promise<void>;
}

/** An OpenAI-compatible server for embeddings and chat, over real HTTP on a loopback port, with faults to order. */
export async function createFakeOpenAI(options: FakeOpenAIOptions = {}): Promise<FakeOpenAI> {
  const width = options.width ?? 1536;
  const requests: FakeOpenAIRequest[] = [];
  const embeddedTexts: string[] = [];
  const script: FakeAnswer[] = [];
  const chat = createFakeChat();
  const holds = new Set<{
    matches: (inputs: readonly string[]) => boolean;
    arrived: PromiseWithResolvers<FakeOpenAIRequest>;
    released: PromiseWithResolvers<undefined>;
  }>();
  const waiting = new Set<{ count: number; reached: () => void }>();
  let always: FakeAnswer | undefined;
  let isRejected: ((input: string) => boolean) | undefined;
  let answerTo: AnswerTo | undefined;

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A client that hung up is what many tests are about; its request stream then fails.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await readText(request);
    if (request.method === 'POST' && request.url === '/v1/chat/completions') {
      await chat.handle(raw, request, response);
      return;
    }
    if (request.method !== 'POST' || request.url !== '/v1/embeddings') {
      sendError(response, 404, 'Unknown request URL.', 'unknown_url');
      return;
    }
    const body = JSON.parse(raw) as Record<string, unknown>;
    const inputs = [body['input']].flat().map(String);
    const recorded: FakeOpenAIRequest = { inputs, headers: request.headers, body, at: Date.now() };
    requests.push(recorded);
    for (const waiter of waiting) {
      if (requests.length >= waiter.count) {
        waiting.delete(waiter);
        waiter.reached();
      }
    }
    for (const hold of holds) {
      if (hold.matches(inputs)) {
        hold.arrived.resolve(recorded);
        await hold.released.promise;
      }
    }
    await answer(
      recorded,
      response,
      answerTo?.(inputs, recorded) ?? script.shift() ?? always ?? { kind: 'ok' },
    );
  }

  async function answer(
    request: FakeOpenAIRequest,
    response: ServerResponse,
    fault: FakeAnswer,
  ): Promise<void> {
    const latencyMs = (fault.kind === 'ok' ? fault.latencyMs : undefined) ?? options.latencyMs ?? 0;
    if (latencyMs > 0) {
      await sleepFor(latencyMs);
    }
    switch (fault.kind) {
      case 'status': {
        const message = `Scripted fault ${fault.status}.`;
        if (fault.body === undefined) {
          sendError(response, fault.status, message, fault.code ?? null, fault.headers);
        } else {
          send(response, fault.status, fault.body, fault.headers);
        }
        return;
      }
      case 'hang':
        return;
      case 'cut':
        response.destroy();
        return;
      case 'html':
        send(response, 200, '<html><body><h1>Welcome</h1></body></html>', { 'content-type': 'text/html' });
        return;
      case 'json':
        send(response, 200, fault.body);
        return;
    }
    if (options.apiKey !== undefined && request.headers.authorization !== `Bearer ${options.apiKey}`) {
      sendError(response, 401, 'Incorrect API key provided.', 'invalid_api_key');
      return;
    }
    const refused = request.inputs.findIndex((input) => input === '' || isRejected?.(input) === true);
    if (refused >= 0) {
      sendError(response, 400, `'$.input[${refused}]' is invalid.`, null);
      return;
    }
    const payload = JSON.stringify(embeddingList(request, fault));
    if (fault.kind === 'hang-in-body' || fault.kind === 'cut-in-body') {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
      });
      response.write(payload.slice(0, payload.length / 2), () => {
        if (fault.kind === 'cut-in-body') {
          response.destroy();
        }
      });
      return;
    }
    // Nobody is there any more to be answered: its process was killed while the answer was held back.
    if (response.destroyed || response.closed) return;
    embeddedTexts.push(...request.inputs);
    send(response, 200, payload);
  }

  function embeddingList(request: FakeOpenAIRequest, fault: FakeAnswer): unknown {
    const { inputs, body } = request;
    const dimensions = typeof body['dimensions'] === 'number' ? body['dimensions'] : width;
    const vectorWidth = fault.kind === 'wrong-width' ? fault.width : dimensions;
    const data = inputs.map((input, index) => {
      const vector = createVector(input, vectorWidth);
      const isLast = index === inputs.length - 1;
      if ((fault.kind === 'nan' || fault.kind === 'zeros') && (fault.all === true || isLast)) {
        vector.fill(fault.kind === 'nan' ? NaN : 0);
      }
      const asBase64 = body['encoding_format'] === 'base64' && options.arraysOnly !== true;
      const embedding = asBase64 ? Buffer.from(vector.buffer).toString('base64') : [...vector];
      return { object: 'embedding', index, embedding };
    });
    if (fault.kind === 'wrong-count') {
      data.pop();
    }
    if (fault.kind === 'reordered') {
      data.reverse();
    }
    const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0);
    return {
      object: 'list',
      model: body['model'],
      data,
      ...(options.withoutUsage === true ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    embeddedTexts,
    respondWith: (...answers) => void script.push(...answers),
    respondAlways: (fault) => void (always = fault),
    respondTo: (answers) => void (answerTo = answers),
    rejectInputs: (predicate) => void (isRejected = predicate),
    hold(matches = () => true) {
      const hold = {
        matches,
        arrived: Promise.withResolvers<FakeOpenAIRequest>(),
        released: Promise.withResolvers<undefined>(),
      };
      holds.add(hold);
      return {
        arrived: hold.arrived.promise,
        release() {
          holds.delete(hold);
          hold.released.resolve(undefined);
        },
      };
    },
    waitForRequests: (count) =>
      new Promise((reached) => {
        if (requests.length >= count) {
          reached();
        } else {
          waiting.add({ count, reached });
        }
      }),
    vectorOf: (text) => createVector(text, width),
    chat,
    async stop() {
      if (!server.listening) {
        return;
      }
      const closed = once(server, 'close');
      server.close();
      // Held and hanging requests would keep it open for ever.
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Numbers from a generator (mulberry32) that the SHA-256 of the text seeds, scaled to unit length. */
function createVector(text: string, width: number): Float32Array<ArrayBuffer> {
  let state = createHash('sha256').update(text).digest().readUInt32LE(0);
  const vector = new Float32Array(width);
  let squares = 0;
  for (let i = 0; i < width; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const value = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
    vector[i] = value;
    squares += value * value;
  }
  const factor = 1 / Math.sqrt(squares);
  return vector.map((value) => value * factor);
}
