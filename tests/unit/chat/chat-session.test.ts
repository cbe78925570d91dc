import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import type { ChatAnswer, ChatEvent, ChatRequest } from '../../../src/chat/chat-answer.ts';
import { runChatSession, type ChatSessionEnd } from '../../../src/commands/chat-session.ts';
import { AppError } from '../../../src/errors.ts';
import { answerOf } from './answers.ts';

type Send = (
  request: ChatRequest,
  options: { signal: AbortSignal; onEvent: (event: ChatEvent) => void },
) => Promise<ChatAnswer>;

interface Session {
  input: PassThrough;
  requests: ChatRequest[];
  errors: string[];
  stop: AbortController;
  end: Promise<ChatSessionEnd>;
  /** Everything that was written so far. */
  output: () => string;
  /** Resolves when that has appeared. */
  shows: (text: string) => Promise<void>;
}

function startSession(
  t: TestContext,
  {
    send,
    isTerminal = false,
    conversationId,
  }: { send?: Send; isTerminal?: boolean; conversationId?: string } = {},
): Session {
  const [input, output, stop] = [new PassThrough(), new PassThrough(), new AbortController()];
  const [requests, errors]: [ChatRequest[], string[]] = [[], []];
  let written = '';
  const waiting = new Set<() => void>();
  output.on('data', (piece: Buffer) => {
    written += piece.toString();
    waiting.forEach((look) => look());
  });
  const shows = (text: string) =>
    new Promise<void>((resolve) => {
      const look = (): void => {
        if (!written.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const end = runChatSession({
    chat: {
      send: (request, options) => {
        requests.push(request);
        const answered =
          send ?? (({ message }) => Promise.resolve(answerOf({ text: `Ответ на «${message}»` })));
        return answered(request, options as Parameters<Send>[1]);
      },
    },
    ...{ cabinetId: 1, user: 'terminal', conversationId, input, output, isTerminal, signal: stop.signal },
    onError: (message) => errors.push(message),
  });
  t.after(() => {
    stop.abort();
    return end;
  });
  return { input, requests, errors, stop, end, output: () => written, shows };
}

/** An answer that comes only when it is told to, or never. */
const untilStopped: Send = (_request, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('a chat over a pipe', () => {
  it('answers line by line, in one conversation, without prompts, until the input ends', async (t) => {
    const { input, end, output, requests } = startSession(t);
    input.end('сколько заказов\n\n  отзывы  \nпоследняя без перевода строки');
    assert.deepEqual(await end, { conversationId: 'c1', hasFailed: false });
    assert.deepEqual(
      requests.map(({ message, conversationId, user, cabinetId }) => [
        message,
        conversationId,
        user,
        cabinetId,
      ]),
      [
        ['сколько заказов', undefined, 'terminal', 1],
        ['отзывы', 'c1', 'terminal', 1],
        ['последняя без перевода строки', 'c1', 'terminal', 1],
      ],
    );
    assert.match(output(), /^Ответ на «сколько заказов»\n\n.*Ответ на «отзывы»\n/s);
    for (const sign of ['> ', '\u001b', '…']) assert.ok(!output().includes(sign), sign);
  });

  it('goes on with the conversation that it is given, and begins another on /new', async (t) => {
    const { input, end, requests } = startSession(t, { conversationId: 'c0' });
    input.end('раз\n/new\nдва\n/exit\nтри\n');
    await end;
    assert.deepEqual(
      requests.map(({ message, conversationId }) => [message, conversationId]),
      [
        ['раз', 'c0'],
        ['два', undefined],
      ],
    );
  });

  it('shows the sources and the calculations of the last answer, and what it can do', async (t) => {
    const { input, end, output } = startSession(t, {
      send: () =>
        Promise.resolve(
          answerOf({
            sources: [
              {
                ...{ number: 1, chunkId: 5, sourceTable: 'wb_reviews', sourceId: 17, chunkType: 'review' },
                ...{ documentDate: '2036-11-07', text: 'Отзыв\nТекст: \u001b[31mплохо' },
              },
            ],
            tools: [
              {
                name: 'totals',
                parameters: { from: '2036-11-01' },
                status: 'ok',
                result: null,
                text: '5 заказов.',
              },
            ],
          }),
        ),
    });
    input.end('/sources\n/tools\nвопрос\n/sources\n/tools\n/help\n/чтоэто\n');
    await end;
    assert.match(output(), /^No rows\.\nNothing was calculated\.\n/);
    assert.match(output(), /\n\[1\] wb_reviews 17, 2036-11-07\n {4}Отзыв\n {4}Текст: плохо\n/);
    assert.match(output(), /\ntotals \{"from":"2036-11-01"\}\n {4}5 заказов\.\n/);
    assert.match(output(), /\/new {6}begin a new conversation/);
    assert.match(output(), /There is no such command/);
  });

  it('says what went wrong with a message and goes on with the next', async (t) => {
    const failures = [new AppError('conversation_not_found', 'There is no such conversation.'), undefined];
    const { input, end, errors, requests } = startSession(t, {
      conversationId: 'gone',
      send: () => {
        const failure = failures.shift();
        return failure === undefined ? Promise.resolve(answerOf({})) : Promise.reject(failure);
      },
    });
    input.end('раз\nдва\n');
    assert.deepEqual(await end, { conversationId: 'c1', hasFailed: true });
    assert.deepEqual(errors, ['There is no such conversation. (conversation_not_found)']);
    assert.equal(requests[1]?.conversationId, undefined);
  });

  it('ends with a fault of the program', async () => {
    const fault = new TypeError('x is not a function');
    const input = new PassThrough();
    input.write('раз\n');
    await assert.rejects(
      runChatSession({
        chat: { send: () => Promise.reject(fault) },
        ...{ cabinetId: 1, user: 'terminal', input, output: new PassThrough(), isTerminal: false },
        ...{ signal: new AbortController().signal, onError: () => undefined },
      }),
      fault,
    );
  });

  it('ends at once when it is told to stop, with its answer', async (t) => {
    const { input, end, stop, errors, requests } = startSession(t, { send: untilStopped });
    input.write('раз\nдва\n');
    while (requests.length === 0) await new Promise(setImmediate);
    stop.abort();
    await end;
    assert.deepEqual([requests.length, errors], [1, []]);
  });
});

describe('a chat at a terminal', () => {
  it('prompts, and shows text as it comes', async (t) => {
    const release = Promise.withResolvers<undefined>();
    const { input, end, output, shows } = startSession(t, {
      isTerminal: true,
      send: async (_request, { onEvent }) => {
        onEvent({ type: 'delta', text: 'Нача' });
        await release.promise;
        onEvent({ type: 'delta', text: 'ло' });
        return answerOf({ text: 'Начало и конец' });
      },
    });
    await shows('> ');
    input.write('вопрос\r');
    await shows('Нача');
    assert.doesNotMatch(output(), /Начало/);
    release.resolve(undefined);
    await shows('Начало и конец\n');
    input.write('\u0004'); // Ctrl+D
    assert.equal((await end).hasFailed, false);
  });

  it('stops an answer on Ctrl+C and stays', async (t) => {
    const sends: Send[] = [untilStopped, () => Promise.resolve(answerOf({ text: 'второй' }))];
    const { input, end, errors, shows, requests } = startSession(t, {
      isTerminal: true,
      send: (request, options) => sends.shift()!(request, options),
    });
    input.write('раз\r');
    await shows('… ');
    input.write('\u0003');
    while (errors.length === 0) await new Promise(setImmediate);
    assert.deepEqual(errors, ['Stopped. The message does not count.']);
    input.write('два\r');
    await shows('второй');
    input.write('\u0003');
    assert.deepEqual(await end, { conversationId: 'c1', hasFailed: false });
    assert.equal(requests.length, 2);
  });

  it('leaves on a second Ctrl+C, even when the answer does not stop', async (t) => {
    const { input, end, shows } = startSession(t, {
      isTerminal: true,
      send: () => new Promise<ChatAnswer>(() => undefined),
    });
    input.write('раз\r');
    await shows('… ');
    input.write('\u0003');
    await new Promise(setImmediate);
    input.write('\u0003');
    assert.equal((await end).hasFailed, false);
  });

  it('clears what was typed on Ctrl+C', async (t) => {
    const { input, end, requests, shows } = startSession(t, { isTerminal: true });
    await shows('> ');
    input.write('не то');
    await shows('не то');
    input.write('\u0003');
    input.write('то\r');
    await shows('Ответ на «то»');
    input.write('/exit\r');
    await end;
    assert.deepEqual(
      requests.map(({ message }) => message),
      ['то'],
    );
  });
});
