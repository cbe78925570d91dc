import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readArguments, readListed } from '../../../src/chat/model/call-arguments.ts';

describe('arguments of a call', () => {
  const object = { query: 'отзывы', nm_id: 5 };
  const once = JSON.stringify(object);
  const written: Record<string, string> = {
    'as JSON': once,
    'encoded twice': JSON.stringify(once),
    'encoded three times': JSON.stringify(JSON.stringify(once)),
    'in a fence': `\`\`\`json\n${once}\n\`\`\``,
  };
  for (const [name, text] of Object.entries(written)) {
    it(`are read ${name}`, () => assert.deepEqual(readArguments(text), object));
  }

  it('may hold lists that are encoded once more, and texts that only look like it', () => {
    assert.deepEqual(readListed('["review", "order"]'), ['review', 'order']);
    for (const text of ['[1] что это?', '[1]', '["не закрыто', 'отзывы', 5, null])
      assert.equal(readListed(text), text);
  });

  it('are nothing else', () => {
    for (const text of ['', 'нет', '[1]', '5', 'null', '"текст"', JSON.stringify('[1]')])
      assert.equal(readArguments(text), undefined, text);
  });
});
