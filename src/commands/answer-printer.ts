import type { ChatAnswer, ChatEvent } from '../chat/chat-answer.ts';
import { forTerminal } from './chat-lines.ts';

export interface AnswerPrinter {
  onEvent(event: ChatEvent): void;
  /** The text is complete: what of it is not there yet follows, and the line ends. */
  end(answer: ChatAnswer): void;
  /** There will be no answer. */
  abandon(): void;
}

const ERASE_LINE = '\r\u001b[K';

/**
 * Shows the text of one answer. `live`: as it comes, with a sign of life until then, for a person at a terminal; otherwise as
 * a whole, so that a file or a pipe never gets a beginning that was taken back.
 */
export function createAnswerPrinter(write: (text: string) => void, live: boolean): AnswerPrinter {
  let waits = false;
  let written = '';

  function wait(what: string): void {
    if (!live || written !== '') return;
    write(`${waits ? ERASE_LINE : ''}… ${what}`);
    waits = true;
  }
  function show(text: string): void {
    if (waits) write(ERASE_LINE);
    waits = false;
    write(forTerminal(text));
    written += text;
  }

  wait('');
  return {
    onEvent(event) {
      if (!live) return;
      if (event.type === 'tool') wait(forTerminal(event.tool.name));
      if (event.type === 'delta') show(event.text);
      if (event.type === 'discarded') {
        if (written !== '') write('\n(The answer begins anew.)\n');
        written = '';
      }
    },
    end({ text }) {
      if (text.startsWith(written)) show(text.slice(written.length));
      else show(`\n(The whole answer:)\n${text}`);
      write('\n');
    },
    abandon() {
      if (waits) write(ERASE_LINE);
      else if (written !== '') write('\n');
      waits = false;
    },
  };
}
