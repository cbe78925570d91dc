import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createParser } from 'eventsource-parser';
import { createAnswerQueue } from '../../../src/http/answer-queue.ts';

function parse(text: string | undefined): unknown[] {
  const events: unknown[] = [];
  const parser = createParser({
    onEvent({ event, data }) {
      const { type, ...rest } = JSON.parse(data) as Record<string, unknown>;
      assert.equal(type, event);
      events.push(rest['text'] === undefined ? event : [event, rest['text']]);
    },
  });
  parser.feed(text ?? '');
  return events;
}

const LONG_MS = 60_000;

describe('events that wait for their reader', () => {
  it('come in their order, and pieces of text that lie there as one', async () => {
    const queue = createAnswerQueue(1_000);
    queue.add('started', {});
    queue.addText('Выручка ');
    queue.addText('за\nвчера');
    queue.add('tool', {});
    queue.addText(': 1 ₽');
    assert.deepEqual(parse(await queue.take(LONG_MS)), [
      'started',
      ['delta', 'Выручка за\nвчера'],
      'tool',
      ['delta', ': 1 ₽'],
    ]);
    queue.addText('.');
    queue.end('done', {});
    assert.deepEqual(parse(await queue.take(LONG_MS)), [['delta', '.'], 'done']);
    assert.equal(await queue.take(LONG_MS), undefined);
  });

  it('are handed over as soon as they are there; without any, a comment keeps the line alive', async () => {
    const queue = createAnswerQueue(1_000);
    assert.equal(await queue.take(1), ': heartbeat\n\n');
    const taken = queue.take(LONG_MS);
    queue.addText('a');
    assert.deepEqual(parse(await taken), [['delta', 'a']]);
    const end = queue.take(LONG_MS);
    queue.end('done', {});
    assert.deepEqual(parse(await end), ['done']);
  });

  it('are void when there are too many of them: then the reader gets the whole answer alone', async () => {
    for (const many of [
      (add: ReturnType<typeof createAnswerQueue>) => add.addText('x'.repeat(60)),
      (add: ReturnType<typeof createAnswerQueue>) => add.add('tool', { text: 'x'.repeat(40) }),
    ]) {
      const queue = createAnswerQueue(100);
      queue.add('started', {});
      queue.addText('x'.repeat(40));
      many(queue);
      for (let i = 0; i < 10; i += 1) queue.addText('more');
      const first = await queue.take(LONG_MS);
      assert.deepEqual(parse(first), ['started', 'discarded']);
      queue.addText('more');
      queue.add('discarded', {});
      queue.end('done', { answer: 'x'.repeat(1_000) });
      assert.deepEqual(parse(await queue.take(LONG_MS)), ['done']);
      assert.equal(await queue.take(LONG_MS), undefined);
    }
  });

  it('do not add up over the time of an answer, as long as somebody fetches them', async () => {
    const queue = createAnswerQueue(100);
    for (let i = 0; i < 50; i += 1) {
      queue.addText('x'.repeat(90));
      assert.deepEqual(parse(await queue.take(LONG_MS)), [['delta', 'x'.repeat(90)]]);
    }
  });

  it('have one end', async () => {
    const queue = createAnswerQueue(100);
    queue.end('done', {});
    queue.end('error', {});
    queue.addText('late');
    assert.deepEqual(parse(await queue.take(LONG_MS)), ['done']);
    assert.equal(await queue.take(LONG_MS), undefined);
  });
});
