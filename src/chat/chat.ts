import type { Analytics } from '../analytics/analytics.ts';
import type { AnalyticsContext } from '../analytics/period.ts';
import type { Database } from '../database/pool.ts';
import { AppError } from '../errors.ts';
import type { ChatOutcome, Events } from '../events.ts';
import type { Log } from '../log.ts';
import type { Search } from '../retrieval/search.ts';
import { MAX_READ_TOKENS } from '../understanding/read-part.ts';
import { answerWithModel, type ModelAnswer } from './answer-with-model.ts';
import {
  MAX_MESSAGE_LENGTH,
  toSource,
  type ChatAnswer,
  type ChatEvent,
  type ChatNotice,
  type ChatRequest,
  type ChatUsage,
  type Language,
} from './chat-answer.ts';
import type { BegunMessage, Conversations } from './conversations.ts';
import type { Figures } from './figures.ts';
import { failureOf, outcomeOf } from './chat-outcome.ts';
import { instructionsFor } from './instructions.ts';
import { startDeadline } from './model-deadline.ts';
import { createFigureReader, lookUp, type LookedUp } from './look-up.ts';
import type { ChatModel } from './model/chat-model.ts';
import { languageOf, noticeOf } from './notices.ts';
import { composePlainAnswer } from './plain/plain-answer.ts';
import { isSmallTalk, sayWhatCanBeAsked } from './plain/small-talk.ts';
import type { NotRegarded } from './toolbox.ts';

export interface Chat {
  /**
   * Answers one message. Resolves to a whole answer, by the model or without it; `onEvent` hears of its parts as they come.
   *
   * @throws AppError `invalid_request`, `conversation_not_found`, `daily_limit_reached`, `database_*`.
   * @throws the signal's reason when it is aborted; the message then does not count.
   */
  send(
    request: ChatRequest,
    options?: { signal?: AbortSignal | undefined; onEvent?: ((event: ChatEvent) => void) | undefined },
  ): Promise<ChatAnswer>;
}

export interface ChatDeps {
  main: Database;
  search: Search;
  analytics: Analytics;
  conversations: Pick<Conversations, 'begin' | 'complete' | 'abandon'>;
  /** Undefined: answers are composed without one. */
  model: ChatModel | undefined;
  log: Log;
  /** Is told of each answer and of each function that was computed for one. */
  events?: Events | undefined;
  now?: () => Date;
}

export interface ChatOptions {
  /** IANA name. */
  timeZone: string;
  /** RAG_CONTEXT_MAX_LENGTH */
  contextMaxLength: number;
  /** OPENAI_CHAT_TIMEOUT_MS */
  modelTimeoutMs: number;
}

/** An answer without what the history adds to it. */
type Answered = Omit<ChatAnswer, 'conversationId' | 'messageId'>;

const REMOVED_ADDRESS: Record<Language, string> = { ru: '(ссылка убрана)', en: '(link removed)' };
const NEVER = new AbortController().signal;

export function createChat(deps: ChatDeps, options: ChatOptions): Chat {
  const { conversations, events, log, now = () => new Date() } = deps;
  const readFigures = createFigureReader(deps);

  async function send(request: ChatRequest, signal: AbortSignal, onEvent: (event: ChatEvent) => void) {
    checkMessage(request.message);
    const start = performance.now();
    const { cabinetId, conversationId, user, message } = request;
    const begun = await conversations.begin({ cabinetId, user, conversationId, text: message });
    try {
      signal.throwIfAborted();
      onEvent({
        type: 'started',
        conversationId: begun.conversationId,
        remainingToday: begun.remainingToday,
      });
      const answered = await answer(request, begun, signal, onEvent);
      const whole = {
        ...answered,
        remainingToday: begun.remainingToday,
        tookMs: performance.now() - start,
      };
      const messageId = await conversations.complete(begun, cabinetId, whole);
      return { ...whole, conversationId: begun.conversationId, messageId };
    } catch (error) {
      await conversations.abandon(begun, cabinetId, user).catch((reason: unknown) => {
        log.warn({ err: reason, cabinetId }, 'A question that got no answer could not be marked as such');
      });
      throw error;
    }
  }

  async function answer(
    { cabinetId, message }: ChatRequest,
    { turns }: BegunMessage,
    signal: AbortSignal,
    onEvent: (event: ChatEvent) => void,
  ): Promise<Omit<Answered, 'remainingToday' | 'tookMs'>> {
    const language = languageOf(message);
    const context: AnalyticsContext = { cabinetId, now: now(), timeZone: options.timeZone };
    const tellFigures = ({ use, isMistake }: Figures): void => {
      events?.emit('chatToolEnded', { tool: use.name, outcome: use.status });
      if (!isMistake) onEvent({ type: 'tool', tool: use });
    };
    const deadline = startDeadline(options.modelTimeoutMs, signal);
    try {
      const lookedUp = await lookUp({ ...deps, readFigures }, message, context, signal);
      lookedUp.figures.forEach(tellFigures);
      const { found } = lookedUp;
      const usage: ChatUsage = { model: null, requests: 0, promptTokens: 0, completionTokens: 0, costUsd: 0 };
      const notices: ChatNotice[] = [];
      const said = createSaid(onEvent);

      const byModel = await askModel();
      const { text, sources, tools } = byModel ?? answerPlainly(lookedUp, message, language);
      notices.push(...noticesOf(lookedUp, { sources, tools }, byModel, language));
      if (byModel === undefined) {
        // A model was told that filters were let go. Here whoever reads the rows has to know it before.
        const relaxed = notices.find(({ code }) => code === 'relaxed');
        said.say([relaxed?.message ?? [], text].flat().join('\n\n'));
      }
      const atTheEnd = notices.filter(({ code }) => byModel !== undefined || code !== 'relaxed');
      for (const { message: sentence } of atTheEnd) said.say(`\n\n${sentence}`);
      return {
        text: said.text(),
        answeredBy: byModel === undefined ? 'plain' : 'model',
        ...{ language, sources, tools, notices, usage },
        understood: found?.understood ?? [],
        relaxed: found?.relaxed ?? [],
      };

      async function askModel(): Promise<ModelAnswer | undefined> {
        const { model } = deps;
        if (model === undefined) {
          notices.push(noticeOf('without_model', language, {}));
          return undefined;
        }
        try {
          return await answerWithModel(
            {
              message,
              instructions: instructionsFor(context),
              found,
              figures: lookedUp.figures,
              notRegarded: notRegardedOf(lookedUp),
              turns,
              contextMaxLength: options.contextMaxLength,
            },
            {
              ...{ model, usage, context, search: deps.search, analytics: deps.analytics },
              signal: deadline.signal,
              onText: said.say,
              onDiscard: said.discard,
              onFigures: tellFigures,
              removedAddress: REMOVED_ADDRESS[language],
            },
          );
        } catch (error) {
          signal.throwIfAborted();
          said.discard();
          log.warn(
            { err: error, cabinetId, model: model.model },
            'The chat answers without the language model',
          );
          notices.push(noticeOf('model_unavailable', language, { reason: failureOf(error) }));
          return undefined;
        }
      }
    } finally {
      deadline.end();
    }
  }

  return {
    async send(request, { signal = NEVER, onEvent = () => undefined } = {}) {
      const start = performance.now();
      const report = (outcome: ChatOutcome, answered: Partial<ChatAnswer>): void =>
        void events?.emit('chatEnded', {
          outcome,
          answeredBy: answered.answeredBy,
          notices: (answered.notices ?? []).map(({ code }) => code),
          durationMs: performance.now() - start,
        });
      try {
        const answered = await send(request, signal, onEvent);
        report('ok', answered);
        return answered;
      } catch (error) {
        report(signal.aborted ? 'aborted' : outcomeOf(error), {});
        throw error;
      }
    },
  };
}

/** @throws AppError `invalid_request` */
function checkMessage(message: string): void {
  const wrong =
    message.trim() === ''
      ? 'must not be empty'
      : message.length > MAX_MESSAGE_LENGTH
        ? `must have at most ${MAX_MESSAGE_LENGTH} characters`
        : !message.isWellFormed() || message.includes('\0')
          ? 'must not contain NUL characters or unpaired surrogates'
          : undefined;
  if (wrong === undefined) return;
  throw new AppError('invalid_request', `message ${wrong}.`, {
    details: { errors: [{ field: 'message', reason: wrong }] },
  });
}

/** What a reader has seen so far, which in the end is the answer's text. */
function createSaid(onEvent: (event: ChatEvent) => void) {
  let text = '';
  const say = (piece: string): void => {
    // A model may begin with line breaks.
    const shown = text === '' ? piece.trimStart() : piece;
    if (shown === '') return;
    text += shown;
    onEvent({ type: 'delta', text: shown });
  };
  const discard = (): void => {
    if (text === '') return;
    text = '';
    onEvent({ type: 'discarded' });
  };
  return { say, discard, text: () => text };
}

function answerPlainly(lookedUp: LookedUp, message: string, language: Language) {
  const { found, figures, isCertain, obstacles, unknown } = lookedUp;
  const tools = figures.map(({ use }) => use);
  if (tools.length === 0 && isSmallTalk(message))
    return { text: sayWhatCanBeAsked(language), sources: [], tools };
  // Rows that do not fit the question add nothing to figures that do.
  const isAnswered = tools.some(({ status }) => status === 'ok') && (found?.relaxed ?? []).length > 0;
  const { text, cited } = composePlainAnswer({
    ...{ language, tools, isCertain, obstacles },
    // By meaning rows are found that have other words.
    unknown: found?.semantic === true ? [] : unknown,
    hits: isAnswered ? [] : found?.hits,
    understood: found?.understood ?? [],
  });
  const sources = cited.map((hit, place) => toSource(hit, place + 1));
  return { text, sources, tools };
}

/** What the model has to say before it says anything else. */
function notRegardedOf({ obstacles, unknown }: LookedUp): NotRegarded | undefined {
  if (obstacles.length === 0 && unknown.length === 0) return undefined;
  return { unknown_words: unknown, figures_not_computed_because: obstacles };
}

/** What has to be said of any answer, and of one by the model. */
function noticesOf(
  { found }: LookedUp,
  { sources, tools }: Pick<ChatAnswer, 'sources' | 'tools'>,
  byModel: ModelAnswer | undefined,
  language: Language,
): ChatNotice[] {
  const notices: ChatNotice[] = [];
  if (found === undefined) notices.push(noticeOf('search_unavailable', language, {}));
  if (found?.isCut === true) notices.push(noticeOf('question_cut', language, { words: MAX_READ_TOKENS }));
  const failed = tools.filter(({ status }) => status === 'failed').map(({ name }) => name);
  if (failed.length > 0) notices.push(noticeOf('tool_failed', language, { tools: failed }));
  // The answer does not say why rows were found that it does not show.
  if (found !== undefined && found.relaxed.length > 0 && sources.length > 0)
    notices.push(noticeOf('relaxed', language, { words: found.relaxed.map(({ words }) => words) }));
  if (byModel === undefined) return notices;
  const { rows, isCutOff, unverifiedNumbers } = byModel;
  if (rows.shown < rows.found) notices.push(noticeOf('shortened', language, rows));
  if (isCutOff) notices.push(noticeOf('cut_off', language, {}));
  if (unverifiedNumbers.length > 0)
    notices.push(noticeOf('unverified_numbers', language, { numbers: unverifiedNumbers }));
  return notices;
}
