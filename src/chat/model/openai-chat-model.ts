import { AppError } from '../../errors.ts';
import { estimateTokens } from '../../embedding/estimate-tokens.ts';
import type { AppEvents, Events } from '../../events.ts';
import { SYSTEM_CLOCK, type Clock } from '../../provider/clock.ts';
import { checkOpenAIServer, DEFAULT_BASE_URL } from '../../provider/openai-client.ts';
import { createProviderCalls } from '../../provider/provider-calls.ts';
import { createScrubber } from '../../provider/provider-fault.ts';
import { withTimeLimit } from '../../provider/time-limit.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../../provider/retry-policy.ts';
import { chatFaultOf, LANGUAGE_MODEL, RefusedRequest, toChatError } from './chat-faults.ts';
import type { ChatModel, ModelReply, ModelRequest, TokenCounts } from './chat-model.ts';
import { createChatTransport } from './chat-transport.ts';
import { adaptDialect, OPENAI_DIALECT, type Dialect } from './dialect.ts';
import { priceOfChatModel } from './model-prices.ts';
import { refusalOf } from './refusals.ts';
import { createReplyBuilder, type ReplyBuilder } from './reply-builder.ts';

export interface OpenAIChatModelOptions {
  apiKey: string;
  /** The URL of any OpenAI-compatible server, with its `/v1`. Default: OpenAI's own. */
  baseUrl?: string | undefined;
  model: string;
  /** For the first byte of an answer, and again for each that follows. */
  requestTimeoutMs: number;
  /** Requests under way at once, over all calls. */
  concurrency?: number | undefined;
  retryPolicy?: Partial<RetryPolicy> | undefined;
  /** Is told of each request. */
  events?: Events | undefined;
}

/** What a server does with more is its own affair; this only keeps a runaway of ours from taking all its connections. */
const DEFAULT_CONCURRENCY = 16;

/** Somebody waits for the answer: few attempts, short waits, and a new look at the provider soon. */
const CHAT_RETRY_POLICY: RetryPolicy = {
  ...DEFAULT_RETRY_POLICY,
  maxAttempts: 3,
  maxTimeouts: 1,
  firstDelayMs: 400,
  maxTotalDelayMs: 4_000,
  maxOutageMs: 30_000,
};

/**
 * Models whose providers keep what they think to themselves. Of others it is seen from their first answer, which is shown when
 * it is whole: many a template lets a model begin in the middle of its thoughts, and only `</think>` tells.
 */
const ANNOUNCES_THOUGHTS = /^(?:.*\/)?(?:gpt-\d|chatgpt|o\d|claude|gemini|yandexgpt|gigachat)/i;

/** What any model answers that is well. Whether it is any good is no matter, so it costs next to nothing. */
const HARMLESS: ModelRequest = {
  messages: [{ role: 'user', content: 'ок' }],
  tools: [],
  toolChoice: 'none',
  maxTokens: 16,
};
const PROBE_LIMIT_MS = 10_000;

/** What one call of `complete` has come to so far. */
interface Run {
  request: ModelRequest;
  /** Whether somebody has seen part of an answer. */
  isTold: boolean;
  onText: (text: string) => void;
  onDiscard: () => void;
  /** Counted by the provider, over all attempts. */
  spent: TokenCounts;
}

/**
 * A language model behind OpenAI's API or a compatible one. Create one a process: the limit of requests, the breaker that
 * keeps everybody away from a provider that is down, and what is known of its dialect are its own.
 *
 * @throws AppError `config_invalid` for a key or an address that no request can be made with
 */
export function createOpenAIChatModel(
  options: OpenAIChatModelOptions,
  clockOverrides: Partial<Clock> = {},
): ChatModel {
  const { model, requestTimeoutMs, events } = options;
  const server = { apiKey: options.apiKey, baseUrl: options.baseUrl ?? DEFAULT_BASE_URL };
  checkOpenAIServer(server);
  const clock = { ...SYSTEM_CLOCK, ...clockOverrides };
  const price = priceOfChatModel(model, server.baseUrl);
  const scrub = createScrubber(options.apiKey);
  const send = createChatTransport({ ...server, model, requestTimeoutMs });
  const call = createProviderCalls({
    role: LANGUAGE_MODEL,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    policy: { ...CHAT_RETRY_POLICY, ...options.retryPolicy },
    clock,
    probe: (signal) =>
      withTimeLimit(Math.min(requestTimeoutMs, PROBE_LIMIT_MS), signal, (limited) =>
        attempt(newRun(HARMLESS), limited),
      ).catch((error: unknown) => {
        signal.throwIfAborted();
        throw chatFaultOf(error, contextNow(), false);
      }),
  });
  /** What the server takes, as far as it has shown. */
  let known: Dialect = OPENAI_DIALECT;
  /** Whether it begins with thoughts that it does not announce, as far as it has shown. */
  let thinksFirst: 'no' | 'maybe' | 'surely' = ANNOUNCES_THOUGHTS.test(model) ? 'no' : 'maybe';

  function createAnswer(run: Run): ReplyBuilder {
    return createReplyBuilder({
      tools: run.request.tools.map((tool) => tool.function.name),
      thinksFirst,
      onDiscard() {
        run.isTold = false;
        run.onDiscard();
      },
    });
  }

  function learnFrom(answer: ReplyBuilder, reply: Pick<ModelReply, 'text'>): void {
    if (answer.hadUnannouncedThoughts) thinksFirst = 'surely';
    else if (thinksFirst === 'maybe' && reply.text !== '') thinksFirst = 'no';
  }

  function contextNow() {
    return { model, baseUrl: server.baseUrl, requestTimeoutMs, scrub, nowMs: clock.now() };
  }

  function report(outcome: AppEvents['chatRequestEnded'][0]['outcome'], used: TokenCounts, started: number) {
    const { promptTokens, completionTokens } = used;
    const costUsd = (promptTokens * (price?.prompt ?? 0) + completionTokens * (price?.completion ?? 0)) / 1e6;
    const durationMs = performance.now() - started;
    events?.emit('chatRequestEnded', { model, outcome, promptTokens, completionTokens, costUsd, durationMs });
  }

  /** One request, and again at once when the server only lacks a parameter. */
  async function attempt(run: Run, signal: AbortSignal): Promise<ModelReply> {
    for (let dialect = known; ;) {
      const started = performance.now();
      const answer = createAnswer(run);
      try {
        await send(run.request, dialect, answer, tellTo(run), signal);
        const reply = replyOf(answer, scrub);
        if (run.request !== HARMLESS) learnFrom(answer, reply);
        const used = answer.usage ?? estimateUsage(run.request, answer);
        report('ok', used, started);
        addTo(run.spent, used);
        known = dialect;
        return { ...reply, ...run.spent };
      } catch (error) {
        const used = answer.usage ?? { promptTokens: 0, completionTokens: 0 };
        addTo(run.spent, used);
        if (signal.aborted) report('aborted', used, started);
        signal.throwIfAborted();
        const fault = chatFaultOf(error, contextNow(), run.isTold);
        report(fault.faultClass, used, started);
        const complaint = run.isTold ? undefined : refusalOf(error)?.complaint;
        const adapted = complaint && adaptDialect(dialect, complaint);
        if (adapted === undefined) throw fault;
        dialect = adapted;
      }
    }
  }

  return {
    model,
    price,
    async complete(request, { signal, onText, onDiscard }) {
      signal.throwIfAborted();
      const run = newRun(request, {
        ...(onText === undefined ? {} : { onText }),
        ...(onDiscard === undefined ? {} : { onDiscard }),
      });
      let reply: ModelReply;
      try {
        reply = await call(() => attempt(run, signal), signal);
      } catch (error) {
        signal.throwIfAborted();
        throw toChatError(error, run.spent);
      }
      if (reply.text === '' && reply.finish === 'length' && reply.toolCalls.length === 0) {
        throw toChatError(spentOnNothing(model), run.spent);
      }
      return reply;
    },
  };
}

function newRun(
  request: ModelRequest,
  { onText = () => undefined, onDiscard = () => undefined }: Partial<Pick<Run, 'onText' | 'onDiscard'>> = {},
): Run {
  return { request, isTold: false, onText, onDiscard, spent: { promptTokens: 0, completionTokens: 0 } };
}

function tellTo(run: Run): (text: string) => void {
  return (text) => {
    run.isTold = true;
    run.onText(text);
  };
}

/**
 * @throws RefusedRequest when the model refuses in words
 * @throws AppError `chat_unavailable` when there is nothing in the answer
 */
function replyOf(answer: ReplyBuilder, scrub: (text: string) => string): Omit<ModelReply, keyof TokenCounts> {
  const reply = answer.build();
  if (answer.refusal !== '') {
    throw new RefusedRequest(
      'chat_refused',
      `The language model refuses to answer: ${scrub(answer.refusal)}`,
      false,
    );
  }
  if (reply.finish === 'stop' && reply.text === '') {
    throw new AppError('chat_unavailable', 'The language model answered with nothing.');
  }
  return reply;
}

/** This is no fault of the provider, and a retry would not help. */
function spentOnNothing(model: string): AppError {
  return new AppError(
    'chat_unavailable',
    `${model} used up all tokens of an answer before it said anything. Models that reason do so: ` +
      'name one that answers at once in OPENAI_CHAT_MODEL.',
    { details: { retryAfterMs: 0 } },
  );
}

function addTo(sum: TokenCounts, used: TokenCounts): void {
  sum.promptTokens += used.promptTokens;
  sum.completionTokens += used.completionTokens;
}

function estimateUsage({ messages, tools }: ModelRequest, answer: ReplyBuilder): TokenCounts {
  const { text, toolCalls } = answer.build();
  const calls = toolCalls.map((call) => call.name + call.arguments);
  return {
    promptTokens: estimateTokens([...messages, ...tools].map((part) => JSON.stringify(part))),
    completionTokens: estimateTokens([text, ...calls]),
  };
}
