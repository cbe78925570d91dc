import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Lines, oneLine, productName } from '../../../src/chunks/chunk-text.ts';

describe('the lines of a chunk', () => {
  it('are a title and a line for each value that is there, in order', () => {
    const text = new Lines<string>('Заказ')
      .add('Бренд', 'WB')
      .add('Размер', null)
      .add('Цвет', undefined)
      .add('Артикул', '1', ' шт.');
    assert.equal(text.toString(), 'Заказ\nБренд: WB\nАртикул: 1 шт.');
  });

  it('leave a blank value out, and fold the white space of others', () => {
    const text = new Lines<string>('Т')
      .add('а', ' \n\t\u00a0\u2028\ufeff')
      .add('б', '  два\r\n\tслова\u00a0и  три ')
      .addText('в', ' \n ');
    assert.equal(text.toString(), 'Т\nб: два слова и три');
  });

  it('keep the line breaks inside of a long text', () => {
    assert.equal(
      new Lines<string>('Т').addText('Текст', '\n первая\n\n  вторая \n').toString(),
      'Т\nТекст: первая\n\n  вторая',
    );
  });

  it('show money exactly, with no or at least two digits after the point', () => {
    const money = (value: string | null) =>
      new Lines<string>('').addMoney('ц', value).toString().slice('\nц: '.length);
    assert.deepEqual(
      ['1990', '1990.5', '1990.55', '0.005', '-5', '0', '-0.1', '123456789012345678901234567890.1'].map(
        money,
      ),
      [
        '1990 ₽',
        '1990.50 ₽',
        '1990.55 ₽',
        '0.005 ₽',
        '-5 ₽',
        '0 ₽',
        '-0.10 ₽',
        '123456789012345678901234567890.10 ₽',
      ],
    );
  });

  it('say nothing of numbers that are none', () => {
    for (const value of ['NaN', 'Infinity', '-Infinity', null]) {
      assert.equal(new Lines<string>('Т').addMoney('ц', value).addNumber('ч', value, ' шт.').toString(), 'Т');
    }
    assert.equal(new Lines<string>('Т').addNumber('ч', '-0.50', ' %').toString(), 'Т\nч: -0.50 %');
  });

  it('quote the name of the product, or the row’s own when that is blank', () => {
    assert.equal(productName('Новое', 'Старое'), 'Новое');
    assert.equal(productName(' \n ', 'Старое'), 'Старое');
    assert.equal(productName(null, null), '');
    assert.equal(oneLine(undefined), '');
  });
});
