import { randomUUID } from 'node:crypto';
import type { ModelReply, TokenCounts, ToolCall } from './chat-model.ts';
import { createVisibleText, type VisibleTextOptions } from './visible-text.ts';
import { findWrittenCalls } from './written-calls.ts';

interface CallInParts {
  id: string | undefined;
  name: string;
  arguments: string;
}

/** Puts a reply together from the chunks of a stream, or from one whole answer, of any compatible server. */
export interface ReplyBuilder {
  /** Takes in one object of the answer; gives the text to show, if there is some. */
  add(chunk: unknown): string;
  /** Whether the model has said why it ended. */
  readonly isFinished: boolean;
  /** Whether anything was in it that is a reply. */
  readonly hasChoice: boolean;
  /** Characters so far, those of arguments and of thoughts included. */
  readonly length: number;
  /** As the provider counts; undefined when it did not. */
  readonly usage: TokenCounts | undefined;
  /** Words by which the model refuses to answer. */
  readonly refusal: string;
  /** Thoughts ended that nothing had announced. */
  readonly hadUnannouncedThoughts: boolean;
  /** The text that was held back until now, and is to be shown. */
  flush(): string;
  /** The answer is not read any further. */
  cutOff(): void;
  build(): Pick<ModelReply, 'text' | 'toolCalls' | 'finish'>;
}

export interface ReplyBuilderOptions extends Pick<VisibleTextOptions, 'thinksFirst' | 'onDiscard'> {
  /** Names of the tools that the model may call, be it in words. */
  tools: readonly string[];
}

export function createReplyBuilder({ tools, thinksFirst, onDiscard }: ReplyBuilderOptions): ReplyBuilder {
  const visible = createVisibleText({
    thinksFirst,
    onDiscard() {
      text = '';
      onDiscard?.();
    },
    isCall: (whole) => findWrittenCalls(whole, tools).length > 0,
  });
  const calls: CallInParts[] = [];
  const byIndex = new Map<number, CallInParts>();
  let [text, refusal, finish, length, hasChoice] = ['', '', '', 0, false];
  let usage: TokenCounts | undefined;

  function show(shown: string): string {
    text += shown;
    return shown;
  }

  /** The call that a fragment goes on with, or begins. */
  function callOf(fragment: Record<string, unknown>, id: string | undefined, name: string): CallInParts {
    const { index } = fragment;
    const known = typeof index === 'number' ? byIndex.get(index) : calls.at(-1);
    const isOther = id !== undefined && known?.id !== undefined && id !== known.id;
    // Some servers give every call the index 0, or none: then another id, or else a name, begins the next.
    const begins = known === undefined || isOther || (index === undefined && name !== '' && id === undefined);
    if (!begins) return known;
    const call: CallInParts = { id, name: '', arguments: '' };
    calls.push(call);
    if (typeof index === 'number') byIndex.set(index, call);
    return call;
  }

  function addFragment(fragment: Record<string, unknown>): void {
    const called = asRecord(fragment['function']);
    const id = textOf(fragment['id']) || undefined;
    const name = textOf(called['name']);
    const given = called['arguments'];
    const bit = typeof given === 'object' && given !== null ? JSON.stringify(given) : textOf(given);
    const call = callOf(fragment, id, name);
    call.id ??= id;
    call.name ||= name;
    call.arguments += bit;
    length += bit.length;
  }

  return {
    add(chunk) {
      const body = asRecord(chunk);
      usage = countsOf(body['usage']) ?? usage;
      const choices: unknown = body['choices'];
      if (!Array.isArray(choices) || choices.length === 0) return '';
      hasChoice = true;
      const choice = asRecord(choices[0]);
      const part = asRecord(choice['delta'] ?? choice['message']);
      const fragments = part['tool_calls'];
      if (Array.isArray(fragments)) fragments.map(asRecord).forEach(addFragment);
      refusal += textOf(part['refusal']);
      finish = textOf(choice['finish_reason']) || finish;
      const piece = contentOf(part['content']);
      length += piece.length;
      return show(visible.add(piece));
    },
    get isFinished() {
      return finish !== '';
    },
    get hasChoice() {
      return hasChoice;
    },
    get length() {
      return length;
    },
    get usage() {
      return usage;
    },
    get refusal() {
      return refusal;
    },
    cutOff: () => void (finish = 'length'),
    get hadUnannouncedThoughts() {
      return visible.hadUnannouncedThoughts;
    },
    flush: () => show(visible.end(finish === 'length')),
    build() {
      const named = calls.filter((call) => call.name !== '');
      const written = findWrittenCalls(visible.calls, tools).map((call) => ({ id: undefined, ...call }));
      const toolCalls = (named.length > 0 ? named : written).map(withOwnId);
      return { text, toolCalls, finish: finishOf(finish, toolCalls.length > 0) };
    },
  };
}

/** Answers to calls are told apart by these, so a call without one, or with another's, gets its own. */
function withOwnId(call: CallInParts, position: number, calls: readonly CallInParts[]): ToolCall {
  const isTaken = calls.slice(0, position).some((earlier) => earlier.id === call.id);
  const id = call.id === undefined || isTaken ? `call_${randomUUID().replaceAll('-', '')}` : call.id;
  return { id, name: call.name, arguments: call.arguments };
}

function finishOf(finish: string, hasCalls: boolean): ModelReply['finish'] {
  if (finish === 'length' || finish === 'content_filter') return finish;
  return hasCalls ? 'tool_calls' : 'stop';
}

function countsOf(usage: unknown): TokenCounts | undefined {
  const { prompt_tokens: prompt, completion_tokens: completion } = asRecord(usage);
  return isCount(prompt) && isCount(completion)
    ? { promptTokens: prompt, completionTokens: completion }
    : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Text, or the list of parts that some servers make of it. */
function contentOf(content: unknown): string {
  return Array.isArray(content)
    ? content.map((part) => textOf(asRecord(part)['text'])).join('')
    : textOf(content);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
