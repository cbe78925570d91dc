import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createTextFilter } from '../../../src/chat/text-filter.ts';

/** What a reader sees of an answer that comes in these pieces. */
function filtered(...pieces: string[]): string {
  let seen = '';
  const filter = createTextFilter({
    isSource: (number) => number <= 3,
    removed: '(убрано)',
    onText: (text) => (seen += text),
  });
  for (const piece of pieces) filter.write(piece);
  assert.equal(filter.end(), seen);
  return seen;
}

describe('the text of a model, on its way to the reader', () => {
  it('is given on as it is when there is nothing wrong with it', () => {
    const text =
      'Выручка 48 210,50 ₽ [1][2].\n\n- Кроссовки: 5 шт. [3]\n- см. wildberries.ru, 50/50, и т. д.';
    assert.equal(filtered(text), text);
  });

  it('loses addresses, whichever way they are dressed up', () => {
    for (const [text, seen] of [
      ['Смотрите https://evil.example/?q=48210 сейчас', 'Смотрите (убрано) сейчас'],
      ['![итог](https://evil.example/a.png?d=1)', '! [итог] ((убрано))'],
      ['[сюда](//evil.example/x) и [туда]( http://evil.example )', '[сюда] ((убрано)) и [туда] ( (убрано) )'],
      ['<img src="HTTPS://evil.example/p">', '‹img src="(убрано)">'],
      ['www.evil.example и ftp://evil.example', '(убрано) и (убрано)'],
      ['[x](javascript:alert(1))', '[x] ((убрано)(1))'],
      ['https:evil.example и \\\\evil.example', '(убрано) и (убрано)'],
      ['data:text/html,123 mailto:a@evil.example', '(убрано) (убрано)'],
      ['https://wildberries.ru.evil.example/ https://evil.example/wb.ru', '(убрано) (убрано)'],
    ] as const)
      assert.equal(filtered(text), seen);
  });

  it('has no links and pictures left, whatever their addresses look like', () => {
    for (const [text, seen] of [
      ['![](&#47;&#47;evil.example/a.png?d=48210)', '! [] ((убрано))'],
      ['[x]: &#47;&#47;evil.example', '[x] : (убрано)'],
      ['<a href="&#47;&#47;evil.example">', '‹a href="(убрано)">'],
      ['5 < 7, [1] и [2]', '5 < 7, [1] и [2]'],
    ] as const)
      assert.equal(filtered(text), seen);
  });

  it('keeps words that only look like the beginning of an address', () => {
    const text = 'metadata: none, data: none, https: да';
    assert.equal(filtered(text), text);
  });

  // The whole program stands still meanwhile: it took a minute, and eight times as long for twice as much.
  it('is gone through once, also when a model repeats itself without a space', () => {
    const started = performance.now();
    for (const word of ['0,', '[1,', 'а', 'a.', '.', ':', '@', '/', '1.', 'a-', '&#'])
      assert.equal(filtered(...Array.from({ length: 4_000 }, () => word)).length, 4_000 * word.length, word);
    assert.ok(performance.now() - started < 15_000);
  });

  it('loses what leads somewhere once what was not seen, or refers to nothing, is taken out of it', () => {
    for (const text of [
      'evil\r.example/?d=1',
      'evil\ufeff.example',
      'evil[7].example',
      'evil\u001b[31m.example',
      'h[9]ttps://evil',
    ])
      assert.equal(filtered(text), '(убрано)', JSON.stringify(text));
    assert.equal(filtered('<[7]img src=x>'), '‹img src=x>');
    assert.equal(filtered('[a][7](b)'), '[a] (b)');
  });

  it('shows no part of an address that comes in pieces, wherever it is cut', () => {
    const text = 'Вот t.me/evil_bot?start=48210 и @evil_bot, почта a.b@evil.example, tel:+79990001122 конец';
    for (let place = 1; place < text.length; place += 1) {
      const seen: string[] = [];
      const onText = (piece: string) => void seen.push(piece);
      const filter = createTextFilter({ isSource: () => true, removed: '(убрано)', onText });
      filter.write(text.slice(0, place));
      filter.write(text.slice(place));
      filter.end();
      assert.doesNotMatch(seen.join('|'), /me|evil|@|tel|999/);
      assert.equal(seen.join(''), 'Вот (убрано) и (убрано), почта (убрано), (убрано) конец');
    }
  });

  it('keeps the addresses of Wildberries', () => {
    const text = 'https://www.wildberries.ru/catalog/148001001/detail.aspx и https://seller.wb.ru';
    assert.equal(filtered(text), text);
  });

  it('loses references to sources that there are none of', () => {
    assert.equal(filtered('Так [1], [7] и [2, 9] и [12].'), 'Так [1],  и [2] и .');
  });

  it('loses what a terminal would obey, and what hides in it', () => {
    assert.equal(filtered('a\u001b[31mb\u001b[2Jc\u0007\rd\u202ee\u200bf\n\tg'), 'abcdef\n\tg');
    assert.equal(filtered('ht\u200btps://evil.example/x'), '(убрано)', 'an address in pieces');
  });

  it('is the same in whichever pieces it comes', () => {
    const whole = 'Ответ [1, 2] по https://evil.example/a?b=1 и [9],\nwww.evil.example [2] – 48 210 ₽.';
    const expected = filtered(whole);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: whole.length - 1 })), (cuts) => {
        const places = [0, ...new Set(cuts), whole.length].sort((a, b) => a - b);
        assert.equal(filtered(...places.slice(1).map((end, n) => whole.slice(places[n], end))), expected);
      }),
    );
  });

  it('comes word by word, not at the end only', () => {
    const seen: string[] = [];
    const filter = createTextFilter({ isSource: () => true, removed: '', onText: (text) => seen.push(text) });
    filter.write('Первое втор');
    assert.deepEqual(seen, ['Первое ']);
    filter.write('ое сло');
    assert.deepEqual(seen, ['Первое ', 'второе ']);
    filter.end();
    assert.deepEqual(seen, ['Первое ', 'второе ', 'сло']);
  });
});
