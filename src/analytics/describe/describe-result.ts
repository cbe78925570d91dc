import type { AnalyticsAnswer } from '../analytics.ts';
import type { Dimension } from '../dimensions.ts';
import type { MeasureName } from '../measures.ts';
import type { Row } from '../result.ts';
import { describeComparison } from './describe-comparison.ts';
import { describeProducts, describeStockCover, describeStockLevels } from './describe-stocks.ts';
import {
  amountOf,
  dativeOf,
  filterOf,
  groupOf,
  NAMED_GROUPS,
  periodOf,
  phraseOf,
  restOf,
} from './phrases.ts';
import { capitalize, countOf } from './russian.ts';

const DESCRIBERS: Readonly<Record<string, (answer: AnalyticsAnswer) => string>> = {
  totals: describeTotals,
  top_products: describeTop,
  compare_periods: describeComparison,
  rating_change: describeComparison,
  buyout_rate: describeRates,
  stock_levels: describeStockLevels,
  stock_cover: describeStockCover,
  reviews: describeReviews,
  products: describeProducts,
};

/**
 * An answer in plain Russian, one paragraph, with nothing in it but the answer's own figures. What chat says without a
 * model, and what the command line prints.
 */
export function describeResult(answer: AnalyticsAnswer): string {
  const period =
    'group_by' in answer.parameters || 'by' in answer.parameters ? periodOf(answer.parameters) : '';
  const said =
    answer.data === 'none'
      ? `${capitalize(`${period} данных нет`.trim())}${filterOf(answer.parameters)}.`
      : DESCRIBERS[answer.function]!(answer);
  return answer.note === null ? said : `${said} ${answer.note}`;
}

function describeTotals(answer: AnalyticsAnswer): string {
  const measures = answer.parameters['measures'] as MeasureName[];
  return describeGroups(answer, (row) => measures.map((name) => phraseOf(name, row[name] ?? null)));
}

function describeRates(answer: AnalyticsAnswer): string {
  const by = answer.parameters['by'] as MeasureName;
  const others = (['buyout_rate', 'return_rate', 'cancel_rate'] as const).filter((name) => name !== by);
  const isWhole = answer.parameters['group_by'] === 'none';
  return describeGroups(answer, (row) => [
    phraseOf(by, row[by] ?? null),
    ...(isWhole ? others.map((name) => phraseOf(name, row[name] ?? null)) : []),
    phraseOf('orders', row['orders'] ?? null),
  ]);
}

function describeReviews(answer: AnalyticsAnswer): string {
  return describeGroups(answer, (row) => [
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
  phrasesOf: (row: Row) => string[],
): string {
  const dimension = parameters['group_by'] as Dimension;
  const head = capitalize(`${periodOf(parameters)}${filterOf(parameters)}`);
  if (dimension === 'none') return `${head}: ${phrasesOf(rows[0]!).join(', ')}.`;
  if (rows.length === 0) return `${head} ничего нет.`;
  const shown = rows.slice(0, NAMED_GROUPS);
  const list = shown.map((row) => `${groupOf(dimension, row)} — ${phrasesOf(row).join(', ')}`).join('; ');
  const sum = total === null ? '' : ` Всего: ${phrasesOf(total).join(', ')}.`;
  return `${head}: ${list}${restOf(found, shown.length)}.${sum}`;
}

function describeTop({ parameters, rows, found }: AnalyticsAnswer): string {
  const by = parameters['by'] as MeasureName;
  const head = `${periodOf(parameters)}${filterOf(parameters)}`;
  if (rows.length === 0) return `${capitalize(head)} таких товаров нет.`;
  const which = parameters['order'] === 'most' ? 'на первом месте' : 'на последнем месте';
  const [first, ...others] = rows.slice(0, NAMED_GROUPS);
  const say = (row: Row) => `${groupOf('product', row)} — ${amountOf(by, row[by] ?? null)}`;
  const rest =
    others.length === 0
      ? ''
      : ` Дальше: ${others.map(say).join('; ')}.${rows.length < found ? ` Всего ${countOf(found, ['товар', 'товара', 'товаров'])}.` : ''}`;
  return `${capitalize(head)} ${which} по ${dativeOf(by)} ${say(first!)}.${rest}`;
}
