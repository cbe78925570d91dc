import { localDate } from '../calendar.ts';
import { AppError, isAppError } from '../errors.ts';
import type { SearchResult } from '../retrieval/search.ts';
import type { ChatSource, ChatUsage, ToolUse } from './chat-answer.ts';
import type { Turn } from './conversation.ts';
import type { Figures } from './figures.ts';
import type { ChatModel, ModelMessage, ModelReply, TokenCounts, ToolCall } from './model/chat-model.ts';
import type { ModelFailure } from './notices.ts';
import { findUnverifiedNumbers } from './numbers.ts';
import { createTextFilter } from './text-filter.ts';
import { chatTools, createToolbox, type NotRegarded, type Toolbox, type ToolboxDeps } from './toolbox.ts';

/** Requests for one answer. In the last one the model has to answer with what it has. */
const MAX_REQUESTS = 6;
/** Calls that one reply of the model may ask for; the others get no result. */
const MAX_CALLS_AT_ONCE = 8;
/** Times that the model is asked again with less, when it was given more than it takes. */
const MAX_SHORTENINGS = 3;

export interface ModelQuestion {
  message: string;
  instructions: string;
  /** The search for the whole message; undefined: it could not be done. */
  found: SearchResult | undefined;
  /** Computed already, because the message asks for them by all appearances. */
  figures: readonly Figures[];
  /** Undefined: all of the question was understood. */
  notRegarded?: NotRegarded | undefined;
  turns: readonly Turn[];
  contextMaxLength: number;
}

export interface ModelAnswer {
  text: string;
  sources: ChatSource[];
  /** The figures that were computed, those of the question included. */
  tools: ToolUse[];
  /** Rows that were shown to the model, and those that were found. */
  rows: { shown: number; found: number };
  isCutOff: boolean;
  unverifiedNumbers: string[];
}

export interface AnswerWithModelDeps extends Pick<
  ToolboxDeps,
  'search' | 'analytics' | 'context' | 'onFigures'
> {
  model: ChatModel;
  /** Is added to, whatever comes of it: what failed is paid for, too. */
  usage: ChatUsage;
  signal: AbortSignal;
  onText: (text: string) => void;
  /** What was told of so far is void. */
  onDiscard: () => void;
  /** Stands for an address that the model wrote. */
  removedAddress: string;
}

/**
 * Has the model answer, with tools that read the data of one cabinet. The instructions are the system's message, the question
 * is the user's, and everything that comes from data is the result of a call, as JSON: the search and the figures of the
 * question as well, which are there as if the model had asked for them.
 *
 * @throws AppError `chat_*` when there is no usable answer; the signal's reason.
 */
export async function answerWithModel(
  question: ModelQuestion,
  deps: AnswerWithModelDeps,
): Promise<ModelAnswer> {
  let { contextMaxLength, turns } = question;
  for (let shortened = 0; ; shortened++) {
    try {
      return await attempt({ ...question, contextMaxLength, turns }, deps);
    } catch (error) {
      const isTooLong = isAppError(error, 'chat_context_too_long');
      // Others may mean the same in words that nobody knows, or fail over a text among what was found: once with less tells.
      const mayBe = isAppError(error) && error.details['fewerMay'] === true && shortened === 0;
      if ((!isTooLong && !mayBe) || shortened >= MAX_SHORTENINGS) throw error;
      deps.signal.throwIfAborted();
      contextMaxLength = Math.floor(contextMaxLength / 3);
      turns = [];
    }
  }
}

async function attempt(question: ModelQuestion, deps: AnswerWithModelDeps): Promise<ModelAnswer> {
  const { model, signal, usage } = deps;
  const toolbox = createToolbox({ ...deps, ...question });
  const messages: ModelMessage[] = [
    { role: 'system', content: question.instructions },
    { role: 'user', content: question.message },
    ...resultsOf(question, toolbox),
  ];

  for (let request = 1; ; request++) {
    const isLast = request === MAX_REQUESTS;
    const newFilter = () =>
      createTextFilter({
        isSource: (number) => toolbox.sources.has(number),
        removed: deps.removedAddress,
        onText: deps.onText,
      });
    let filter = newFilter();
    const onDiscard = (): void => {
      filter = newFilter();
      deps.onDiscard();
    };
    let reply: ModelReply;
    usage.model = model.model;
    usage.requests++;
    try {
      reply = await model.complete(
        { messages, tools: chatTools(), toolChoice: isLast ? 'none' : 'auto' },
        { signal, onText: (text) => filter.write(text), onDiscard },
      );
    } catch (error) {
      if (isAppError(error)) countUsage(usage, model, error.details['usage'] as TokenCounts | undefined);
      signal.throwIfAborted();
      throw error;
    }
    countUsage(usage, model, reply);
    const text = filter.end();
    if (reply.toolCalls.length > 0 && !isLast) {
      // Text that the model writes before it has looked anything up is no answer.
      if (text !== '') deps.onDiscard();
      messages.push({ role: 'assistant', content: reply.text, toolCalls: reply.toolCalls });
      messages.push(...(await callAll(reply.toolCalls, toolbox, signal)));
      continue;
    }
    if (reply.finish === 'content_filter') throw noAnswer(model, 'content_filter');
    if (text.trim() === '')
      throw noAnswer(model, reply.toolCalls.length > 0 ? 'too_many_calls' : 'empty_answer');
    return concluded(text, reply, [question.message, today(deps)], toolbox);
  }
}

const today = ({ context: { now, timeZone } }: AnswerWithModelDeps) => localDate(now, timeZone);

/** `known`: what the model was told besides what tools gave it. */
function concluded(text: string, reply: ModelReply, known: readonly string[], toolbox: Toolbox): ModelAnswer {
  const cited = new Set([...text.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number)));
  const sources = [...toolbox.sources.values()];
  return {
    text: text.trim(),
    // An answer that names no source may rest on anything that the model was shown.
    sources: cited.size > 0 ? sources.filter(({ number }) => cited.has(number)) : restingOn(toolbox),
    tools: [...toolbox.uses],
    rows: { shown: sources.length, found: sources.length + toolbox.leftOut },
    isCutOff: reply.finish === 'length',
    unverifiedNumbers: findUnverifiedNumbers(text, {
      texts: [...known, ...toolbox.shown],
      quotable: new Map(
        sources
          .filter(({ chunkType }) => chunkType === 'review')
          .map(({ number, text: words }) => [number, words]),
      ),
      counts: sources.length,
    }),
  };
}

function restingOn(toolbox: Toolbox): ChatSource[] {
  return toolbox.uses.some(({ status }) => status === 'ok') ? [] : [...toolbox.sources.values()];
}

/** What was looked up before the model was asked, as calls with their results. */
function resultsOf(
  { message, found, figures, turns, notRegarded }: ModelQuestion,
  toolbox: Toolbox,
): ModelMessage[] {
  const results: { name: string; parameters: unknown; content: string }[] = [];
  if (turns.length > 0)
    results.push({ name: 'earlier_messages', parameters: {}, content: toolbox.showEarlier() });
  if (found !== undefined)
    results.push({
      name: 'search',
      parameters: { query: message },
      content: toolbox.showSearch(found, notRegarded),
    });
  for (const each of figures) {
    const { name, parameters } = each.use;
    results.push({ name, parameters, content: toolbox.showFigures(each) });
  }
  if (results.length === 0) return [];
  const calls = results.map(({ name, parameters }, place) => ({
    ...{ id: `call_first_${place + 1}`, name, arguments: JSON.stringify(parameters) },
  }));
  return [
    { role: 'assistant', content: '', toolCalls: calls },
    ...results.map(({ content }, place): ModelMessage => ({
      role: 'tool',
      toolCallId: calls[place]!.id,
      content,
    })),
  ];
}

/** One after the other: what two searches show is numbered in the order of the calls. */
async function callAll(
  calls: readonly ToolCall[],
  toolbox: Toolbox,
  signal: AbortSignal,
): Promise<ModelMessage[]> {
  const results: ModelMessage[] = [];
  for (const [place, call] of calls.entries()) {
    signal.throwIfAborted();
    const content =
      place < MAX_CALLS_AT_ONCE
        ? await toolbox.call(call)
        : JSON.stringify({ error: `Not called: more than ${MAX_CALLS_AT_ONCE} at once.` });
    results.push({ role: 'tool', toolCallId: call.id, content });
  }
  return results;
}

function noAnswer({ model }: ChatModel, reason: ModelFailure): AppError {
  return new AppError('chat_refused', `The language model ${model} gave no answer: ${reason}.`, {
    details: { reason },
  });
}

function countUsage(usage: ChatUsage, { price }: ChatModel, counts: TokenCounts | undefined): void {
  usage.promptTokens += counts?.promptTokens ?? 0;
  usage.completionTokens += counts?.completionTokens ?? 0;
  usage.costUsd =
    price === null
      ? null
      : (usage.promptTokens * price.prompt + usage.completionTokens * price.completion) / 1_000_000;
}
