import { formatDay, formatMoney, formatNumber } from '../../russian/formats.ts';
import type { Language } from '../chat-answer.ts';
import { STATES, type Label } from '../../chunks/labels.ts';
import { onOneLine, quote, shorten } from '../shown-text.ts';

const LONGEST_NAME = 100;
const LONGEST_VALUE = 60;

/** Words of chunks, which are Russian, for an answer that is not. Others stay as they are. */
const IN_ENGLISH = new Map<string, string>([
  [STATES.active, 'active'],
  [STATES.cancelled, 'cancelled'],
  [STATES.bought, 'bought'],
  [STATES.returned, 'returned'],
  [STATES.runningOut, 'running out'],
  [STATES.few, 'few left'],
  [STATES.enough, 'enough'],
  [STATES.inStock, 'in stock'],
  [STATES.soldOut, 'out of stock'],
  ['соответствует', 'true to size'],
  ['маломерит', 'runs small'],
  ['большемерит', 'runs large'],
]);

/** Reads values of a chunk for an answer in one language. What is not as chunks write it is shown as it is. */
export interface ValueReader {
  /** Undefined: the chunk does not say it. */
  text(label: Label): string | undefined;
  /** In `«…»`. */
  name(label: Label): string | undefined;
  /** `1 990 ₽` / `1,990 RUB` */
  money(label: Label): string | undefined;
  /** `2 шт.` / `2 pcs` */
  pieces(label: Label): string | undefined;
  /** `5 ноября 2036` / `2036-11-05` */
  day(label: Label): string | undefined;
  /** `2 из 5` / `2 of 5` */
  rating(label: Label): string | undefined;
}

export function createValueReader(values: ReadonlyMap<string, string>, language: Language): ValueReader {
  const isRussian = language === 'ru';
  const plain = (value: string) => shorten(onOneLine(value), LONGEST_VALUE);
  const number = (digits: string) => (isRussian ? formatNumber(digits) : formatEnglishNumber(digits));

  /** A value of that form, said by `say`. */
  const read = (label: Label, form: RegExp, say: (part: string) => string): string | undefined => {
    const value = values.get(label);
    if (value === undefined) return undefined;
    const part = form.exec(value)?.[1];
    return part === undefined ? plain(value) : say(part);
  };
  return {
    text: (label) =>
      read(label, /^(.*)$/s, (value) => plain((isRussian ? undefined : IN_ENGLISH.get(value)) ?? value)),
    name: (label) => {
      const value = values.get(label);
      return value === undefined ? undefined : quote(value, LONGEST_NAME);
    },
    money: (label) =>
      read(label, /^(-?\d+(?:\.\d+)?) ₽$/, (amount) =>
        isRussian ? formatMoney(amount) : `${number(amount)} RUB`,
      ),
    pieces: (label) =>
      read(label, /^(-?\d+) шт\.$/, (count) =>
        isRussian ? `${number(count)}\u00a0шт.` : `${number(count)} ${count === '1' ? 'pc' : 'pcs'}`,
      ),
    day: (label) =>
      read(label, /^(\d{4}-(?:0[1-9]|1[0-2])-\d\d)$/, (day) => (isRussian ? formatDay(day) : day)),
    rating: (label) =>
      read(
        label,
        /^(-?\d+(?:\.\d+)?) из 5(?: \(.*\))?$/,
        (stars) => `${number(stars)} ${isRussian ? 'из' : 'of'} 5`,
      ),
  };
}

/** `12,345.50` */
export function formatEnglishNumber(digits: string): string {
  const [whole = '', fraction] = digits.split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction === undefined ? '' : `.${fraction}`}`;
}
