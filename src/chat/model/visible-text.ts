import { END_OF_THOUGHTS, findMark, settledLength, type Mark } from './model-markup.ts';

/** Longer than any mark: so much of what is hidden is held, for its end may come in pieces. */
const LONGEST_MARK = 128;
/** Headers in the harmony format are shorter than this. */
const LONGEST_HEADER = 300;
const END_OF_HEADER = /<\|message\|>/;
/** What ends a channel that is not for readers, or begins the next one. */
const END_OF_CHANNEL = /<\|(?:end|return|call)\|>|(?=<\|(?:start|channel)\|>)/;
/** A harmony reply whose server took the tokens away and left the words: `analysisWe need …assistantfinalДвенадцать.` */
const BARE_CHANNEL = /^(?:analysis|commentary)(?=\p{Lu})/u;
const END_OF_BARE_CHANNEL = /assistant\s*final(?=[^\p{Ll}\s])/u;
/** How replies begin that may be nothing but a call, as JSON or in a fence. */
const WHOLE_REPLY = /^(?:\{|\[\s*\{|```)/;
const MAY_BE_SPECIAL = /^(?:`{1,2}|\[\s*)$/;

export interface VisibleTextOptions {
  /**
   * Whether the model begins with thoughts that no mark announces, only their end: then nothing is shown before it. `maybe`: if
   * no end comes, all of it was the answer; `surely`: if the reply was cut off, none of it was.
   */
  thinksFirst?: 'no' | 'maybe' | 'surely' | undefined;
  /** What was given so far were thoughts, as their end tells now. */
  onDiscard?: (() => void) | undefined;
  /** Whether a whole reply is a call of a tool. */
  isCall?: ((text: string) => boolean) | undefined;
}

export interface VisibleText {
  /** Takes the next piece and gives the part of the text to show, which may be empty. */
  add(piece: string): string;
  /** What was held back for what might have followed. */
  end(isCutOff: boolean): string;
  /** What was left out as a call of a tool. */
  readonly calls: string;
  /** Thoughts ended that nothing had announced. */
  readonly hadUnannouncedThoughts: boolean;
}

type State =
  | { reads: 'text' }
  | { reads: 'header' }
  /** `to`: behind which match there is text again. */
  | { reads: 'hidden'; to: RegExp }
  /** The whole reply is looked at when it is whole. */
  | { reads: 'all' }
  | { reads: 'calls' };

/**
 * What a reader may see of a model's text, piece by piece: without its thoughts, calls that it writes as text, and the tokens
 * of its template, each held back until it can be told. White space at the start is left out, too.
 */
export function createVisibleText(options: VisibleTextOptions = {}): VisibleText {
  const { thinksFirst = 'no', onDiscard, isCall = () => false } = options;
  let state: State = { reads: 'text' };
  let held = '';
  let calls = '';
  /** What could be shown, and waits for an end of thoughts; undefined: nothing waits. */
  let waiting: string | undefined = thinksFirst === 'no' ? undefined : '';
  let isAtStart = true;
  let hadUnannouncedThoughts = false;

  function give(text: string): string {
    const shown = isAtStart ? text.trimStart() : text;
    if (shown === '') return '';
    isAtStart = false;
    if (waiting === undefined) return shown;
    waiting += shown;
    return '';
  }

  /** Whatever came before was thought: some templates put the beginning of the thoughts into the question. */
  function discard(): void {
    if (!isAtStart && waiting === undefined) onDiscard?.();
    hadUnannouncedThoughts = true;
    waiting = undefined;
    isAtStart = true;
  }

  /** Takes one step; gives what is to be shown of it, or undefined when more has to come first. */
  function step(): string | undefined {
    switch (state.reads) {
      case 'all':
        return undefined;
      case 'calls':
        calls += held;
        held = '';
        return undefined;
      case 'hidden':
        return skipTo(state.to);
      case 'header':
        return readHeader();
      case 'text':
        return readText();
    }
  }

  function skipTo(end: RegExp): string | undefined {
    const found = end.exec(held);
    if (found === null) {
      held = held.slice(-LONGEST_MARK);
      return undefined;
    }
    held = held.slice(found.index + found[0].length);
    state = { reads: 'text' };
    return '';
  }

  /** Of harmony: `assistant<|channel|>final`, `assistant<|channel|>commentary to=functions.search`, `analysis`. */
  function readHeader(): string | undefined {
    const end = END_OF_HEADER.exec(held);
    if (end === null) {
      if (held.length <= LONGEST_HEADER) return undefined;
      state = { reads: 'text' };
      return '';
    }
    const header = held.slice(0, end.index);
    held = held.slice(end.index + end[0].length);
    const tool = /to=(?:functions\.)?([\w-]+)/.exec(header)?.[1];
    if (tool !== undefined) {
      calls += `<function=${tool}>`;
      state = { reads: 'calls' };
    } else if (/final/.test(header) || !/analysis|commentary|system|user|developer|tool/.test(header)) {
      state = { reads: 'text' };
    } else state = { reads: 'hidden', to: END_OF_CHANNEL };
    return '';
  }

  function readText(): string | undefined {
    if (isAtStart && !isSettledAtStart()) return undefined;
    if (state.reads !== 'text') return '';
    const mark = findMark(held);
    if (mark !== undefined) return readMark(mark);
    const settled = settledLength(held);
    if (settled === 0) return undefined;
    const shown = give(held.slice(0, settled));
    held = held.slice(settled);
    return shown;
  }

  /** Looks at how a reply begins; false: more has to come first. */
  function isSettledAtStart(): boolean {
    held = held.trimStart();
    if (BARE_CHANNEL.test(held)) state = { reads: 'hidden', to: END_OF_BARE_CHANNEL };
    else if (WHOLE_REPLY.test(held)) state = { reads: 'all' };
    else if (['analysis', 'commentary'].some((channel) => held !== '' && channel.startsWith(held)))
      return false;
    return !MAY_BE_SPECIAL.test(held);
  }

  function readMark({ kind, start, end }: Mark): string {
    const words = held.slice(start, end);
    const before = held.slice(0, start);
    held = held.slice(end);
    if (kind === 'thoughtsEnd') {
      discard();
      return '';
    }
    const shown = give(before);
    if (kind === 'thoughtsBegin') state = { reads: 'hidden', to: END_OF_THOUGHTS };
    else if (kind === 'headerBegins') state = { reads: 'header' };
    else if (kind === 'callsBegin') {
      calls += words;
      state = { reads: 'calls' };
    }
    return shown;
  }

  function readAll(): string {
    let shown = '';
    for (let piece = step(); piece !== undefined; piece = step()) {
      // Only an end of thoughts voids what this very piece began with.
      shown = isAtStart ? '' : shown + piece;
    }
    return shown;
  }

  return {
    add(piece) {
      held += piece;
      return readAll();
    },
    end(isCutOff) {
      let shown = '';
      if (state.reads === 'all') {
        if (isCall(held)) calls += held;
        else {
          isAtStart = false;
          state = { reads: 'text' };
          shown = readAll();
        }
      }
      // The beginning of a token is none of the answer either.
      if (state.reads === 'text' && !/^<[|｜]/.test(held)) shown += give(held);
      held = '';
      const late = isCutOff && thinksFirst === 'surely' ? '' : (waiting ?? '');
      waiting = undefined;
      return late + shown;
    },
    get calls() {
      return calls;
    },
    get hadUnannouncedThoughts() {
      return hadUnannouncedThoughts;
    },
  };
}
