import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { AppError } from '../../errors.ts';
import { errorInAnswer } from '../../provider/error-in-answer.ts';

/** Says that the server has ended a stream in due form. */
export const DONE = Symbol('[DONE]');

/** Of what is not an object yet. An answer has some kilobytes, and all of this is held until it is whole. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

/**
 * The JSON objects of an answer as they come: those of a stream, then `DONE`; or the only one of a server that does
 * not stream, whatever content type it gave it.
 *
 * @param onBytes called when something came, be it a comment that only keeps the connection
 * @throws ErrorInAnswer, SyntaxError for broken JSON, AppError `chat_unavailable` for a web page and for what does not end,
 *   errors of the connection
 */
export async function* readAnswer(response: Response, onBytes: () => void): AsyncGenerator {
  const decoder = new TextDecoder();
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  let whole = '';
  let held = 0;
  let form: 'unknown' | 'stream' | 'whole' = 'unknown';
  for await (const bytes of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    onBytes();
    held += bytes.length;
    if (held > MAX_HELD_BYTES)
      throw new AppError('chat_unavailable', 'The language model answered with something that does not end.');
    whole += decoder.decode(bytes, { stream: true });
    if (form === 'unknown' && whole.trim() !== '') form = /^\s*[{[<]/.test(whole) ? 'whole' : 'stream';
    if (form !== 'stream') continue;
    parser.feed(whole);
    whole = '';
    if (messages.length > 0) held = 0;
    for (const message of messages.splice(0)) yield* readMessage(message);
  }
  if (form === 'stream') {
    // The last event of a server that leaves out the empty line behind it.
    parser.feed('\n\n');
    for (const message of messages.splice(0)) yield* readMessage(message);
    return;
  }
  if (whole.trimStart().startsWith('<')) {
    throw new AppError(
      'chat_unavailable',
      'The language model answered with a web page. See OPENAI_BASE_URL if this lasts.',
    );
  }
  yield withoutError(JSON.parse(whole));
  yield DONE;
}

function* readMessage({ event, data }: EventSourceMessage): Generator {
  if (data.trim() === '[DONE]') yield DONE;
  else if (data.trim() !== '') {
    const chunk: unknown = JSON.parse(data);
    yield withoutError(event === 'error' ? { error: chunk } : chunk);
  }
}

/** Servers that have begun to answer can tell a fault only inside the answer. */
function withoutError(chunk: unknown): unknown {
  const error = errorInAnswer(chunk);
  if (error !== undefined) throw error;
  return chunk;
}
