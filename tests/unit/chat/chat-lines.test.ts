import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatSource } from '../../../src/chat/chat-answer.ts';
import { createAnswerPrinter } from '../../../src/commands/answer-printer.ts';
import { describeUsage, forTerminal, linesBelow } from '../../../src/commands/chat-lines.ts';
import { answerOf } from './answers.ts';

const REVIEW: ChatSource = {
  ...{ number: 1, chunkId: 5, sourceTable: 'wb_reviews', sourceId: 17, chunkType: 'review' },
  ...{ documentDate: '2036-11-07', text: 'Отзыв\nТекст: хорошо' },
};
const USAGE = { model: 'gpt-x', requests: 2, promptTokens: 1234, completionTokens: 56, costUsd: 0.00123 };

describe('below an answer', () => {
  it('stands what it rests on, how it was understood, and what it cost', () => {
    const answer = answerOf({
      sources: [
        REVIEW,
        { ...REVIEW, number: 2, sourceTable: 'wb_products', sourceId: 3, documentDate: null },
      ],
      tools: [
        { name: 'totals', parameters: {}, status: 'ok', result: null, text: '' },
        { name: 'reviews', parameters: {}, status: 'failed', result: null, text: '' },
      ],
      understood: [{ kind: 'type', value: 'review', words: 'отзывы', used: 'filter' }],
      usage: USAGE,
      remainingToday: 9,
    });
    assert.deepEqual(linesBelow(answer), [
      'Sources: [1] wb_reviews 17, 2036-11-07; [2] wb_products 3',
      'Calculated: totals; reviews (failed)',
      'Understood: type review (“отзывы”)',
      'gpt-x: 2 requests, 1234 + 56 tokens, $0.0012',
      'Messages left today: 9',
    ]);
    assert.deepEqual(linesBelow(answer, { sources: true }).slice(4, 7), [
      '[1] wb_reviews 17, 2036-11-07',
      '    Отзыв',
      '    Текст: хорошо',
    ]);
    assert.deepEqual(linesBelow(answerOf({})), []);
  });

  it('stands a cost that is small, or not known, as such', () => {
    assert.match(describeUsage({ ...USAGE, costUsd: 0.000012 }), /under \$0\.0001$/);
    assert.match(describeUsage({ ...USAGE, costUsd: null }), /cost not known$/);
    assert.match(describeUsage({ ...USAGE, requests: 1, costUsd: 0 }), /: 1 request, .*\$0\.0000$/);
  });
});

describe('an answer on a terminal', () => {
  const print = (live: boolean) => {
    const pieces: string[] = [];
    return { pieces, printer: createAnswerPrinter((text) => pieces.push(text), live) };
  };

  it('has no power over it', () => {
    assert.equal(forTerminal('\u001b]0;title\u0007\u009b31mа\u202eб\r\n\tв'), ']0;title31mаб\n\tв');
    const { pieces, printer } = print(false);
    printer.end(answerOf({ text: 'а\u001b[2Jб' }));
    assert.equal(pieces.join(''), 'аб\n');
  });

  it('comes as a whole where nobody watches', () => {
    const { pieces, printer } = print(false);
    printer.onEvent({ type: 'delta', text: 'черновик' });
    printer.onEvent({ type: 'discarded' });
    printer.end(answerOf({ text: 'Ответ.' }));
    assert.deepEqual(pieces.join(''), 'Ответ.\n');
  });

  it('comes as it is written where somebody does, after a sign of life, and begins anew when it has to', () => {
    const { pieces, printer } = print(true);
    printer.onEvent({
      type: 'tool',
      tool: { name: 'totals', parameters: {}, status: 'ok', result: null, text: '' },
    });
    printer.onEvent({ type: 'delta', text: 'Чер' });
    printer.onEvent({ type: 'delta', text: 'новик' });
    printer.onEvent({ type: 'discarded' });
    printer.onEvent({ type: 'delta', text: 'Отв' });
    printer.end(answerOf({ text: 'Ответ.' }));
    assert.equal(
      pieces.join(''),
      '… \r\u001b[K… totals\r\u001b[KЧерновик\n(The answer begins anew.)\nОтвет.\n',
    );
  });

  it('is there in full when it is not what was told of', () => {
    const { pieces, printer } = print(true);
    printer.onEvent({ type: 'delta', text: 'Другое' });
    printer.end(answerOf({ text: 'Ответ.' }));
    assert.match(pieces.join(''), /Другое\n\(The whole answer:\)\nОтвет\.\n$/);
  });
});
