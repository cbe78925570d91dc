import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSmallTalk } from '../../../src/chat/plain/small-talk.ts';

describe('small talk', () => {
  it('is told from questions', () => {
    for (const message of [
      'Привет!',
      'Здравствуйте',
      'спасибо, пока',
      'что ты умеешь?',
      'как дела',
      'hello',
      '/start',
      '👍',
    ])
      assert.ok(isSmallTalk(message), message);
    for (const message of [
      'привет, что по остаткам',
      'как дела с продажами',
      'топ',
      'кроссовки',
      '148001001',
      'help with stock',
    ])
      assert.ok(!isSmallTalk(message), message);
  });
});
