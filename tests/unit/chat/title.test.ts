import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { titleOf } from '../../../src/chat/conversation.ts';

describe('the title of a conversation', () => {
  it('is the question, on one line', () => {
    assert.equal(titleOf('  Что по\n\tвозвратам?  '), 'Что по возвратам?');
  });

  it('is the first words of a long one', () => {
    const title = titleOf(`Покажи, пожалуйста, все отзывы, в которых ${'покупатели жалуются '.repeat(9)}`);
    assert.equal(title, 'Покажи, пожалуйста, все отзывы, в которых покупатели жалуются покупатели…');
  });

  it('is never longer than a line, and never half a character', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }), (question) => {
        const title = titleOf(question);
        assert.ok(title.length <= 80 && title.isWellFormed() && !title.includes('\n'));
      }),
    );
  });
});
