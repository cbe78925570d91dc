/** Events that wait for their reader. Text that has not been fetched yet is one piece, however many it came in. */
export interface AnswerQueue {
  addText(text: string): void;
  add(event: string, data: object): void;
  /** The last event, which is sent in any case. Nothing is added after it. */
  end(event: string, data: object): void;
  /**
   * What waits, as the stream has it; after `timeoutMs` with nothing, a comment, which keeps the line alive. Undefined: the
   * end.
   */
  take(timeoutMs: number): Promise<string | undefined>;
}

type Waiting = { event: 'delta'; text: string } | { event: string; json: string };

/**
 * A model goes on whether its reader does or not. Once more than `maxChars` wait, what waits is thrown away and the reader is
 * told that it is void: the last event has all of it.
 */
export function createAnswerQueue(maxChars: number): AnswerQueue {
  let waiting: Waiting[] = [];
  let size = 0;
  let state: 'open' | 'too slow' | 'ended' = 'open';
  let wake: () => void = () => undefined;

  function put(item: Waiting, chars: number): void {
    if (state !== 'open') return;
    size += chars;
    if (size > maxChars) {
      state = 'too slow';
      waiting = waiting.filter(({ event }) => event === 'started');
      waiting.push({ event: 'discarded', json: JSON.stringify({ type: 'discarded' }) });
    } else {
      waiting.push(item);
    }
    wake();
  }

  return {
    addText(text) {
      const last = waiting.at(-1);
      if (state === 'open' && last !== undefined && 'text' in last && size + text.length <= maxChars) {
        last.text += text;
        size += text.length;
      } else {
        put({ event: 'delta', text }, text.length);
      }
    },
    add(event, data) {
      const json = JSON.stringify({ type: event, ...data });
      put({ event, json }, json.length);
    },
    end(event, data) {
      if (state === 'ended') return;
      state = 'ended';
      waiting.push({ event, json: JSON.stringify({ type: event, ...data }) });
      wake();
    },
    async take(timeoutMs) {
      if (waiting.length === 0) {
        if (state === 'ended') return undefined;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const taken = waiting;
      waiting = [];
      size = 0;
      return taken.length === 0 ? ': heartbeat\n\n' : taken.map(format).join('');
    },
  };
}

/** JSON has no line breaks, so one `data` line holds it. */
function format(item: Waiting): string {
  const json = 'text' in item ? JSON.stringify({ type: 'delta', text: item.text }) : item.json;
  return `event: ${item.event}\ndata: ${json}\n\n`;
}
