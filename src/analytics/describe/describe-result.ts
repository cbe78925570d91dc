import type { AnalyticsAnswer } from '../analytics.ts';
import { DIMENSIONS, type Dimension } from '../dimensions.ts';
import type { MeasureName } from '../measures.ts';
import type { Row } from '../result.ts';
import { describeAbc } from './describe-abc.ts';
import { describeComparison } from './describe-comparison.ts';
import { describeRows, describeValues } from './describe-lists.ts';
import { describeReorder } from './describe-reorder.ts';
import { describeProducts, describeStockCover, describeStockLevels } from './describe-stocks.ts';
import { describeThemes } from './describe-themes.ts';
import {
  amountOf,
  asLines,
  asParagraph,
  countsOf,
  dativeOf,
  filterOf,
  groupOf,
  NAMED_GROUPS,
  periodOf,
  phraseOf,
  type Said,
} from './phrases.ts';
import { capitalize, countOf } from '../../russian/formats.ts';

const DESCRIBERS: ReadonlyMap<string, (answer: AnalyticsAnswer, named: number) => Said> = new Map(
  Object.entries<(answer: AnalyticsAnswer, named: number) => Said>({
    totals: describeTotals,
    top_products: describeTop,
    compare_periods: describeComparison,
    rating_change: describeComparison,
    buyout_rate: describeRates,
    stock_levels: describeStockLevels,
    stock_cover: describeStockCover,
    reorder: describeReorder,
    reviews: describeReviews,
    review_themes: describeThemes,
    products: describeProducts,
    abc: describeAbc,
    rows: describeRows,
    values: describeValues,
  }),
);

/**
 * An answer in plain Russian, one paragraph, with nothing in it but the answer's own figures. What a model is told, and what
 * the command line prints.
 */
export function describeResult(answer: AnalyticsAnswer): string {
  if (isOfUnknown(answer)) return answer.note ?? '';
  return [asParagraph(describe(answer, NAMED_GROUPS)), answer.note ?? []].flat().join(' ');
}

/** The same in lines, for reading: several groups stand below one another. */
export function describeInLines(answer: AnalyticsAnswer): string[] {
  const dimension = answer.parameters['group_by'] as Dimension | Dimension[] | undefined;
  const isTime = typeof dimension === 'string' && (DIMENSIONS[dimension].isTime || dimension === 'hour');
  const said = describe(answer, isTime ? A_MONTH : NAMED_GROUPS);
  if (typeof said === 'string' || said.items.length + (said.from ?? 1) - 1 < LIST_FROM)
    return [describeResult(answer)];
  return [...asLines(said), ...(answer.note === null ? [] : [answer.note])];
}

/** Of what the cabinet does not have there is nothing else to say. */
const isOfUnknown = ({ data, unknown }: AnalyticsAnswer): boolean => data === 'none' && unknown.length > 0;

/** Two are read in a sentence. */
const LIST_FROM = 3;
/** Whoever asks by days wants to see all of a month, and by hours all of a day. */
const A_MONTH = 31;

function describe(answer: AnalyticsAnswer, named: number): Said {
  if (answer.data !== 'none') return DESCRIBERS.get(answer.function)!(answer, named);
  if (answer.function === 'values') return 'Таких данных в кабинете ещё нет.';
  const period =
    'group_by' in answer.parameters || 'by' in answer.parameters ? periodOf(answer.parameters) : '';
  return `${capitalize(`${period} данных нет`.trim())}${filterOf(answer.parameters)}.`;
}

function describeTotals(answer: AnalyticsAnswer, named: number): Said {
  const measures = answer.parameters['measures'] as MeasureName[];
  return describeGroups(answer, named, (row) =>
    measures.map((name) => `${phraseOf(name, row[name] ?? null)}${countsOf(name, row)}`),
  );
}

function describeRates(answer: AnalyticsAnswer, named: number): Said {
  const by = answer.parameters['by'] as MeasureName;
  const others = (['buyout_rate', 'return_rate', 'cancel_rate'] as const).filter((name) => name !== by);
  const isWhole = answer.parameters['group_by'] === 'none';
  return describeGroups(answer, named, (row) => [
    `${phraseOf(by, row[by] ?? null)}${countsOf(by, row)}`,
    ...(isWhole ? others.map((name) => `${phraseOf(name, row[name] ?? null)}${countsOf(name, row)}`) : []),
    phraseOf('orders', row['orders'] ?? null),
  ]);
}

function describeReviews(answer: AnalyticsAnswer, named: number): Said {
  return describeGroups(answer, named, (row) => [
    ...(typeof row['card_rating'] === 'number'
      ? [`рейтинг на WB ${amountOf('average_rating', row['card_rating'])}`]
      : []),
    phraseOf('reviews', row['reviews'] ?? null),
    phraseOf('average_rating', row['average_rating'] ?? null),
    `${phraseOf('negative_reviews', row['negative_reviews'] ?? null)}${row['negative_share'] ? ` (${amountOf('negative_share', row['negative_share'])})` : ''}`,
    phraseOf('unanswered_reviews', row['unanswered_reviews'] ?? null),
  ]);
}

/** `За октябрь: 5 заказов, выручка 1 990 ₽.`, or the same of each group. */
function describeGroups(
  { parameters, rows, found, total }: AnalyticsAnswer,
  named: number,
  phrasesOf: (row: Row) => string[],
): Said {
  const dimension = parameters['group_by'] as Dimension;
  const head = capitalize(`${periodOf(parameters)}${filterOf(parameters)}`);
  if (dimension === 'none') return `${head}: ${phrasesOf(rows[0]!).join(', ')}.`;
  if (rows.length === 0) return `${head} ничего нет.`;
  const shown = rows.slice(0, named);
  return {
    head,
    items: shown.map((row) => `${groupOf(dimension, row)} — ${phrasesOf(row).join(', ')}`),
    more: found - shown.length,
    ...(total === null ? {} : { tail: `Всего: ${phrasesOf(total).join(', ')}.` }),
  };
}

function describeTop({ parameters, rows, found }: AnalyticsAnswer): Said {
  const by = parameters['by'] as MeasureName;
  const head = `${periodOf(parameters)}${filterOf(parameters)}`;
  if (rows.length === 0) return `${capitalize(head)} таких товаров нет.`;
  const which = parameters['order'] === 'most' ? 'на первом месте' : 'на последнем месте';
  const [first, ...others] = rows.slice(0, NAMED_GROUPS);
  const say = (row: Row) =>
    `${groupOf('product', row)} — ${amountOf(by, row[by] ?? null)}${countsOf(by, row)}`;
  const place = `${capitalize(head)} ${which} по ${dativeOf(by)} ${say(first!)}.`;
  if (others.length === 0) return place;
  const tail =
    1 + others.length < found ? `Всего ${countOf(found, ['товар', 'товара', 'товаров'])}.` : undefined;
  return {
    head: `${place} Дальше`,
    items: others.map(say),
    more: 0,
    from: 2,
    ...(tail === undefined ? {} : { tail }),
  };
}
