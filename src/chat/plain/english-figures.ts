import type { AnalyticsAnswer } from '../../analytics/analytics.ts';
import { DIMENSION_NAMES } from '../../analytics/dimensions.ts';
import type { Column, Row, Value } from '../../analytics/result.ts';
import { onOneLine, quote, shorten } from '../shown-text.ts';
import { formatEnglishNumber } from './chunk-values.ts';

const LISTED = 10;
const A_MONTH = 31;
/** The figures shown next to the name of a group; those that were asked for come first. */
const FIGURES_OF_A_GROUP = 4;
const FIGURES_IN_ALL = 20;
const LONGEST_VALUE = 60;

/** What says which group a row is about. `place` is its number in the list. */
const KEYS: ReadonlySet<string> = new Set([...DIMENSION_NAMES, 'nm_id', 'article', 'place']);
/** Say how the list was made, not what is in it. */
const NOT_SAID: ReadonlySet<string> = new Set([
  'from',
  'to',
  'other_from',
  'other_to',
  'period',
  'limit',
  'measures',
]);

/**
 * Figures in lines, called by the names of their columns: the sentences of describe-result.ts are Russian only, and so are
 * the notes, which are quoted.
 */
export function describeInEnglish(answer: AnalyticsAnswer): string[] {
  const note = answer.note === null ? [] : [`Note, in Russian: ${quote(answer.note, 300)}`];
  const head = headOf(answer);
  if (answer.data === 'none') return [`${head}: there is no data.`, ...note];
  if (answer.rows.length === 0) return [`${head}: nothing was found.`, ...note];
  const partial = answer.data === 'partial' ? ['The data covers a part of this only.'] : [];
  return [`${head}:`, ...rowsOf(answer), ...partial, ...note];
}

/** `Top products, 2036-10-01 to 2036-10-31 (by: revenue)` */
function headOf({ function: name, parameters }: AnalyticsAnswer): string {
  const said = Object.entries(parameters).flatMap(([key, value]) =>
    NOT_SAID.has(key) || value === undefined || value === null || value === 'none'
      ? []
      : [`${wordsOf(key)}: ${[value].flat().slice(0, LISTED).map(textOf).join(', ')}`],
  );
  const title = wordsOf(name);
  return [
    `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    periodOf(parameters['from'], parameters['to'], ', '),
    parameters['period'] === 'all' ? ', all time' : '',
    periodOf(parameters['other_from'], parameters['other_to'], ' compared with '),
    said.length === 0 ? '' : ` (${said.join('; ')})`,
  ].join('');
}

function periodOf(from: unknown, to: unknown, before: string): string {
  if (typeof from !== 'string' || typeof to !== 'string') return '';
  return `${before}${from === to ? textOf(from) : `${textOf(from)} to ${textOf(to)}`}`;
}

function rowsOf({ parameters, columns, rows, total, found }: AnalyticsAnswer): string[] {
  const figures = columns.filter(({ name }) => !KEYS.has(name));
  const isWhole = columns.length === figures.length;
  if (isWhole) return figures.slice(0, FIGURES_IN_ALL).map((column) => `– ${figureOf(column, rows[0]!)}`);
  const isTime = ['day', 'week', 'month', 'hour'].includes(String(parameters['group_by']));
  const shown = rows.slice(0, isTime ? A_MONTH : LISTED);
  const say = (row: Row) =>
    figures
      .slice(0, FIGURES_OF_A_GROUP)
      .map((column) => figureOf(column, row))
      .join(', ');
  const summed = total !== null && figures.some(({ name }) => total[name] !== undefined);
  return [
    ...shown.map((row, place) => `${isTime ? '–' : `${place + 1}.`} ${groupOf(columns, row)}: ${say(row)}`),
    ...(found > shown.length ? [`… and ${formatEnglishNumber(String(found - shown.length))} more`] : []),
    ...(summed ? [`In all: ${say(total)}`] : []),
  ];
}

/** `«Кроссовки Роща» (148001001), 42`, `2036-11-05`, `not said` */
function groupOf(columns: readonly Column[], row: Row): string {
  const { nm_id: nmId, product } = row;
  const isProduct = columns.some(({ name }) => name === 'nm_id');
  const named = product === null || product === undefined ? undefined : quote(String(product), 100);
  const others = columns.flatMap(({ name }) =>
    !KEYS.has(name) ||
    ['nm_id', 'product', 'place'].includes(name) ||
    (isProduct && ['article', 'brand'].includes(name))
      ? []
      : [row[name] === null || row[name] === undefined ? 'not said' : textOf(row[name])],
  );
  const number = nmId === null || nmId === undefined ? undefined : String(nmId);
  const goods = isProduct
    ? [named === undefined ? (number ?? 'not said') : `${named}${number === undefined ? '' : ` (${number})`}`]
    : [];
  return [...goods, ...others].join(', ');
}

function figureOf({ name, unit }: Column, row: Row): string {
  return `${wordsOf(name)} ${valueOf(unit, row[name] ?? null)}`;
}

function valueOf(unit: Column['unit'], value: Value): string {
  if (value === null) return '–';
  if (unit === 'RUB') return `${formatEnglishNumber(String(value).replace(/\.00$/, ''))} RUB`;
  if (typeof value === 'string' || unit === 'id') return textOf(value);
  return `${formatEnglishNumber(String(value))}${unit === 'percent' ? '%' : ''}`;
}

const wordsOf = (name: string): string => onOneLine(name).replaceAll('_', ' ');

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? shorten(onOneLine(String(value)), LONGEST_VALUE)
    : '…';
