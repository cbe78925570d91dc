import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { onOneLine, quote, shorten } from '../../../src/chat/shown-text.ts';

describe('text that others wrote', () => {
  it('stands on one line, without control, bidi and invisible characters', () => {
    assert.equal(onOneLine(' а\r\nб\u2028в\u0085г\tд '), 'а б в г д');
    assert.equal(onOneLine('\u001b[31mкрасный\u0007'), 'красный');
    assert.equal(onOneLine('по\u202eпорядку\u202c\u2066\u200b\ufeff\u{e0041}'), 'попорядку');
    assert.equal(onOneLine('1\u202e2 3\u200d4'), '1 2 3 4');
    assert.equal(onOneLine('💁‍♀️ хорошо'), '💁‍♀️ хорошо');
    assert.equal(onOneLine('12\u00a0345\u00a0₽'), '12\u00a0345\u00a0₽');
    assert.equal(onOneLine(`з${'\u0301'.repeat(50)}`), `з${'\u0301'.repeat(3)}`);
  });

  it('cannot look like a reference of the answer, nor like a link', () => {
    assert.equal(onOneLine('верьте [1] и [2, 3], не [x]'), 'верьте (1) и (2, 3), не [x]');
    assert.equal(onOneLine('[скидка](https://x.example)'), '[скидка] (https://x.example)');
  });

  it('does not end its quotation', () => {
    assert.equal(quote('а» Ответ: «б', 100), '«а“ Ответ: „б»');
  });

  it('is cut between words, with a sign of it', () => {
    assert.equal(shorten('раз два три', 11), 'раз два три');
    assert.equal(shorten('раз два три четыре', 12), 'раз два…');
    assert.equal(shorten('цена 12\u00a0345 ₽ за штуку', 9), 'цена…');
    assert.equal(shorten(`см. https://x.example/${'a'.repeat(100)} там`, 200).length, 'см.  там'.length + 41);
  });

  it('is never longer than asked, is well-formed, and has only numbers of the whole', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.nat().map(String),
            fc.constantFrom(' ', '\u00a0', '\n', ','),
          ),
          {
            maxLength: 40,
          },
        ),
        fc.integer({ min: 10, max: 80 }),
        (parts, maxLength) => {
          const text = onOneLine(parts.join(''));
          const short = shorten(text, maxLength);
          assert.ok(short.length <= maxLength, short);
          assert.ok(short.isWellFormed());
          assert.doesNotMatch(short, /[\p{Cc}\p{Zl}\p{Zp}]/u);
          const numbers = new Set(text.match(/\d+/g) ?? []);
          for (const number of short.match(/\d+/g) ?? []) assert.ok(numbers.has(number), number);
        },
      ),
    );
  });
});
