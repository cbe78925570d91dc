import type { ChatAnswer, ChatEvent } from '../chat/chat-answer.ts';
import { createAnswerQueue } from './answer-queue.ts';

export interface AnswerStreamOptions {
  /** Aborted when the asker hangs up. */
  signal: AbortSignal;
  /** Something is sent at least so often: proxies close what seems idle while a model thinks. */
  heartbeatMs: number;
  /** What a reader who does not keep up may leave lying, in characters; only the whole answer is sent then. */
  maxWaiting?: number | undefined;
  /** What the events say. */
  write: {
    event(event: ChatEvent): object;
    answer(answer: ChatAnswer): object;
    /** Of a fault after the stream had begun. */
    problem(error: unknown): object;
  };
}

/** Starts the work on an answer. */
type Send = (options: { signal: AbortSignal; onEvent: (event: ChatEvent) => void }) => Promise<ChatAnswer>;

const MAX_WAITING_CHARS = 512 * 1024;

/**
 * The making of an answer as server-sent events, for one reader who cannot resume: no ids, and no `retry`. Resolves when it
 * is sure that the question is answered, so what is wrong with the question is still an answer of its own.
 *
 * @throws what `send` throws before its first event.
 */
export async function openAnswerStream(send: Send, options: AnswerStreamOptions): Promise<ReadableStream> {
  const { write, signal, heartbeatMs } = options;
  const queue = createAnswerQueue(options.maxWaiting ?? MAX_WAITING_CHARS);
  const hangUp = new AbortController();
  const begun = Promise.withResolvers<undefined>();
  const working = send({
    signal: AbortSignal.any([signal, hangUp.signal]),
    onEvent(event) {
      if (event.type === 'delta') queue.addText(event.text);
      else queue.add(event.type, write.event(event));
      begun.resolve(undefined);
    },
  });
  await Promise.race([begun.promise, working]);
  working
    .then((answer) => write.answer(answer))
    .then(
      (answer) => queue.end('done', answer),
      (error: unknown) => queue.end('error', write.problem(error)),
    );

  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const text = await queue.take(heartbeatMs);
        try {
          if (text === undefined) controller.close();
          else controller.enqueue(encoder.encode(text));
        } catch {
          // The client left meanwhile.
        }
      },
      cancel() {
        hangUp.abort();
      },
    },
    { highWaterMark: 0 },
  );
}
