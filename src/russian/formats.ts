import { firstOfMonth, lastOfMonth, type Period } from '../calendar.ts';

/** Forms of a noun after 1, 2 and 5. */
export type Forms = readonly [one: string, few: string, many: string];

/** Between thousands, and before a unit: numbers never break over a line. */
const SPACE = '\u00a0';

const GENITIVE_MONTHS = [
  'января',
  'февраля',
  'марта',
  'апреля',
  'мая',
  'июня',
  'июля',
  'августа',
  'сентября',
  'октября',
  'ноября',
  'декабря',
] as const;
const MONTHS = [
  'январь',
  'февраль',
  'март',
  'апрель',
  'май',
  'июнь',
  'июль',
  'август',
  'сентябрь',
  'октябрь',
  'ноябрь',
  'декабрь',
] as const;

/** The form that goes with a number; one with a fraction takes the second: 2,5 дня. */
function pluralOf(count: number, [one, few, many]: Forms): string {
  if (!Number.isInteger(count)) return few;
  const [tens, ones] = [Math.abs(count) % 100, Math.abs(count) % 10];
  if (tens >= 11 && tens <= 14) return many;
  if (ones === 1) return one;
  return ones >= 2 && ones <= 4 ? few : many;
}

/** `12 345,5` of a decimal as text or number. */
export function formatNumber(value: string | number): string {
  const text = typeof value === 'string' ? value : plainDecimal(value);
  const [whole = '', fraction] = text.replace('-', '').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, SPACE);
  return `${text.startsWith('-') ? '−' : ''}${grouped}${fraction === undefined ? '' : `,${fraction}`}`;
}

/** JavaScript writes large numbers with an exponent. */
function plainDecimal(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

/** `1 990 ₽`, `1 990,50 ₽`. */
export function formatMoney(value: string): string {
  return `${formatNumber(value.replace(/\.00$/, ''))}${SPACE}₽`;
}

export function formatPercent(value: number): string {
  return `${formatNumber(value)}${SPACE}%`;
}

export function countOf(count: number, forms: Forms): string {
  return `${formatNumber(count)}${SPACE}${pluralOf(count, forms)}`;
}

/** `5 ноября 2036`. */
export function formatDay(date: string): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return `${day} ${GENITIVE_MONTHS[month - 1]!} ${year}`;
}

export function formatMonth(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return `${MONTHS[number - 1]!} ${year}`;
}

/** `за 5 ноября 2036`, `за октябрь 2036`, `с 1 по 15 ноября 2036`. */
export function formatPeriod({ from, to }: Period): string {
  if (from === to) return `за ${formatDay(from)}`;
  if (from === firstOfMonth(from) && to === lastOfMonth(from)) return `за ${formatMonth(from)}`;
  if (from.endsWith('-01-01') && to.endsWith('-12-31') && from.slice(0, 4) === to.slice(0, 4))
    return `за ${from.slice(0, 4)} год`;
  const parts = formatDay(from).split(' ');
  const kept = from.slice(0, 7) === to.slice(0, 7) ? 1 : from.slice(0, 4) === to.slice(0, 4) ? 2 : 3;
  return `с ${parts.slice(0, kept).join(' ')} по ${formatDay(to)}`;
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `а, б и в`. */
export function enumerate(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} и ${parts.at(-1)!}`;
}
