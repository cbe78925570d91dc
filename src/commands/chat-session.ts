import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import type { ChatAnswer } from '../chat/chat-answer.ts';
import type { Chat } from '../chat/chat.ts';
import { isAppError } from '../errors.ts';
import { createAnswerPrinter } from './answer-printer.ts';
import { linesBelow, linesOfSources, linesOfTools } from './chat-lines.ts';

export interface ChatSessionOptions {
  chat: Chat;
  cabinetId: number;
  /** Whose messages these are. */
  user: string;
  /** To go on with; absent: a new one. */
  conversationId?: string | undefined;
  input: Readable;
  output: Writable;
  /** Is told of what went wrong. */
  onError: (message: string) => void;
  /** Somebody sits there: prompts, line editing, history, text as it comes. Otherwise every line is a message. */
  isTerminal: boolean;
  /** Ends the session, the running answer too. */
  signal: AbortSignal;
}

export interface ChatSessionEnd {
  /** Of the last answer; undefined: there was none, or a new conversation was to begin. */
  conversationId: string | undefined;
  /** Some message got no answer. */
  hasFailed: boolean;
}

const HELP = [
  'Ask in plain words: сколько заказов за неделю, на что жалуются покупатели, какие товары заканчиваются.',
  '  /sources  the rows that the last answer rests on',
  '  /tools    what was calculated for it, and how',
  '  /new      begin a new conversation',
  '  /help     this',
  '  /exit     leave (Ctrl+D, too)',
  'Ctrl+C stops an answer; otherwise it clears the line, and leaves when there is none.',
];

/** Talks with somebody, line by line, until they leave or the input ends. */
export async function runChatSession(options: ChatSessionOptions): Promise<ChatSessionEnd> {
  const { chat, cabinetId, user, input, output, isTerminal, signal, onError } = options;
  const write = (text: string): void => void output.write(text);
  const print = (lines: readonly string[]): void => lines.forEach((line) => write(`${line}\n`));
  let conversationId = options.conversationId;
  let last: ChatAnswer | undefined;
  let hasFailed = false;
  let running: AbortController | undefined;

  const lines = createInterface({
    input,
    ...(isTerminal
      ? { output, terminal: true, prompt: '> ', removeHistoryDuplicates: true }
      : { terminal: false }),
  });
  const leave = (): void => lines.close();
  let isClosed = false as boolean; // which the compiler would take for a constant
  lines.once('close', () => (isClosed = true));
  const gone = Promise.withResolvers<undefined>();
  lines.on('SIGINT', () => {
    if (running?.signal.aborted === true) {
      // A second Ctrl+C while it is still stopping: end at once.
      gone.resolve(undefined);
      leave();
    } else if (running !== undefined) {
      running.abort();
    } else if (lines.line === '') {
      leave();
    } else {
      lines.write(null, { ctrl: true, name: 'e' });
      lines.write(null, { ctrl: true, name: 'u' });
    }
  });
  signal.addEventListener('abort', leave);

  async function answer(message: string): Promise<void> {
    const stopped = new AbortController();
    running = stopped;
    const printer = createAnswerPrinter(write, isTerminal);
    try {
      last = await chat.send(
        { cabinetId, user, message, conversationId },
        { signal: AbortSignal.any([stopped.signal, signal]), onEvent: (event) => printer.onEvent(event) },
      );
      conversationId = last.conversationId;
      printer.end(last);
      print(['', ...linesBelow(last)]);
    } catch (error) {
      printer.abandon();
      if (signal.aborted) return;
      if (stopped.signal.aborted) {
        onError('Stopped. The message does not count.');
        return;
      }
      hasFailed = true;
      if (!isAppError(error)) throw error;
      onError(`${error.message} (${error.code})`);
      // It was deleted meanwhile: the next message begins another one.
      if (error.code === 'conversation_not_found') conversationId = undefined;
    } finally {
      running = undefined;
    }
  }

  /** False: enough. */
  function obey(command: string): boolean {
    switch (command) {
      case '/exit':
      case '/quit':
        return false;
      case '/new':
        [conversationId, last] = [undefined, undefined];
        print(['A new conversation begins.']);
        return true;
      case '/help':
        print(HELP);
        return true;
      case '/sources':
        print(last === undefined || last.sources.length === 0 ? ['No rows.'] : linesOfSources(last.sources));
        return true;
      case '/tools':
        print(
          last === undefined || last.tools.length === 0
            ? ['Nothing was calculated.']
            : linesOfTools(last.tools),
        );
        return true;
      default:
        print([`There is no such command. /help shows those that there are.`]);
        return true;
    }
  }

  try {
    if (isTerminal) lines.prompt();
    for await (const line of lines) {
      const said = line.trim();
      if (said.startsWith('/')) {
        if (!obey(said.toLowerCase())) break;
      } else if (said !== '') {
        await Promise.race([answer(said), gone.promise]);
        if (!isTerminal) write('\n');
      }
      if (signal.aborted) break;
      if (isTerminal && !isClosed) lines.prompt();
    }
  } finally {
    signal.removeEventListener('abort', leave);
    lines.close();
  }
  return { conversationId, hasFailed };
}
