import { findAnalyticsFunction } from '../../analytics/functions.ts';
import type { MeasureName } from '../../analytics/measures.ts';
import type { Mention } from '../mention.ts';
import { isUnknown, type Reading, type ReadWord } from '../reading.ts';
import { unusedPeriods, type Asked, type Found, type Period, type Rule } from './asked.ts';
import { clausesOf, type Clause } from './clauses.ts';
import { comparisonOf, ratingChangeOf, sideBySide } from './comparison-rules.ts';
import { possibleTotalsOf, ratesOf, reviewsOf, totalsOf } from './figure-rules.ts';
import { FILTERING, filterParametersOf, parametersOf } from './filter-parameters.ts';
import type { Concept } from './lexicon.ts';
import { measuresAsked } from './measures-asked.ts';
import { productsOf, rankingOf } from './ranking-rules.ts';
import { shapeOf, type Shape } from './shape.ts';
import { abcOf, productsWithoutOf, rowsOf, themesOf, valuesOf } from './list-rules.ts';
import { nowhereIn } from './nowhere.ts';
import { reorderOf, stockCoverOf, stockLevelsOf } from './stock-rules.ts';

/** One figure, or one table of them, that a question asks for. */
export interface FigureRequest extends Found {
  /** False: the question may as well ask to see the rows (`заказы за вчера`). */
  isCertain: boolean;
}

/** Why a figure that is asked for is not given: in its place would stand one that says something else. */
export type Obstacle =
  /** Words that narrow, and that are none of the shop's products, places or days. */
  | { reason: 'unread'; words: readonly string[] }
  /** Words that were understood, and that no function can regard. */
  | { reason: 'unhonoured'; words: readonly string[] }
  /** Days to come. */
  | { reason: 'ahead'; words: readonly string[] }
  | { reason: 'no_such_day'; words: readonly string[] }
  /** What no table has: profit, advertising, visits. */
  | { reason: 'nowhere'; words: readonly string[] };

export interface FiguresAsked {
  /** In the order of the question. */
  requests: FigureRequest[];
  /** What stands in the way of the figures that are not among the requests. */
  obstacles: Obstacle[];
}

/** What says most of itself comes first. */
const RULES: readonly Rule[] = [
  reorderOf,
  abcOf,
  productsWithoutOf,
  rowsOf,
  stockCoverOf,
  ratingChangeOf,
  comparisonOf,
  productsOf,
  rankingOf,
  themesOf,
  stockLevelsOf,
  ratesOf,
  reviewsOf,
  totalsOf,
  valuesOf,
];

/**
 * Which figures a question asks for: a list, for it may ask for several. Nothing that narrows is dropped: what cannot be
 * regarded is an obstacle, and then there is no figure in its place.
 */
export function figuresOf(reading: Reading): FiguresAsked {
  const found = clausesOf(reading).map((clause) => figureOf(clause, reading));
  return {
    requests: mergeTotals(found.flatMap(({ request }) => request ?? [])),
    obstacles: mergeObstacles(found.flatMap(({ obstacles }) => obstacles)),
  };
}

interface FoundFigure {
  request?: FigureRequest;
  obstacles: Obstacle[];
}

function figureOf(clause: Clause, reading: Reading): FoundFigure {
  const { words, mentions } = clause;
  if (mentions.some(({ kind, excluded }) => kind === 'amount' && !excluded)) return { obstacles: [] };
  const nowhere = nowhereIn(words);
  if (nowhere.length > 0) return { obstacles: [{ reason: 'nowhere', words: nowhere }] };
  const filters = filterParametersOf(mentions);
  const periods = periodsOf(mentions);
  const said = shapeOf(words);
  const shape: Shape = { ...said, groupBy: said.groupBy ?? sideBySide({ shape: said, filters, periods }) };
  const asked: Asked = {
    ...{ shape, measures: measuresOf(words, shape), filters, periods, today: reading.today },
    ...{
      horizon: reading.horizon?.days,
      rating: rangeOf(mentions, 'rating'),
      quantity: rangeOf(mentions, 'quantity'),
      without: WITHOUT.get(String(mentions.find(({ kind, excluded }) => kind === 'type' && excluded)?.value)),
    },
  };
  for (const rule of RULES) {
    const found = rule(asked);
    if (found === undefined) continue;
    const obstacles = obstaclesTo(found, clause, asked, reading);
    return obstacles.length > 0
      ? { obstacles }
      : { request: { ...found, isCertain: !reading.isCut }, obstacles: [] };
  }
  // Where rows may be meant, nothing may be left out, and nothing is in the way of the rows.
  const possible = possibleTotalsOf(asked);
  if (possible === undefined || obstaclesTo(possible, clause, asked, reading).length > 0)
    return { obstacles: [] };
  return { request: { ...possible, isCertain: false }, obstacles: [] };
}

const WITHOUT: ReadonlyMap<string, Asked['without']> = new Map(
  Object.entries({
    review: 'reviews',
    order: 'orders',
    sale: 'sales',
    buyout: 'sales',
    stock: 'stock',
  } as const),
);

/** `заказы и возвраты`: each of them; otherwise what the words together mean. */
function measuresOf(words: readonly ReadWord[], shape: Shape): MeasureName[] {
  const line = words.filter(({ isTaken, excluded }) => !isTaken && !excluded);
  const place = line.findIndex(
    ({ text }, index) => text === 'и' && isMeasure(line[index - 1]) && isMeasure(line[index + 1]),
  );
  if (place < 0) return measuresAsked(shape);
  // What is said around the list is said of both: `сколько заказов и возвратов`.
  const each = [line.toSpliced(place, 2), line.toSpliced(place - 1, 2)];
  return [...new Set(each.flatMap((part) => measuresAsked(shapeOf(part)).slice(0, 1)))];
}

const MEASURES: ReadonlySet<Concept> = new Set<Concept>([
  ...(['revenue', 'orders', 'buyouts', 'returns', 'cancellations', 'payout'] as const),
]);
const isMeasure = (word: ReadWord | undefined): boolean =>
  word?.concept !== undefined && MEASURES.has(word.concept);

function periodsOf(mentions: readonly Mention[]): Period[] {
  const all = mentions.flatMap(({ kind, excluded, filters, words }) =>
    kind === 'period' && !excluded ? (filters.periods ?? []).map((period) => ({ ...period, words })) : [],
  );
  // One that is named again says nothing more.
  return [
    ...new Map(all.toReversed().map((period) => [`${period.from}/${period.to}`, period])).values(),
  ].reverse();
}

const rangeOf = (mentions: readonly Mention[], kind: 'rating' | 'quantity') =>
  mentions.find((mention) => mention.kind === kind && !mention.excluded)?.filters[kind];

/** What of the question the figure would say nothing of. */
function obstaclesTo(found: Found, { words, mentions }: Clause, asked: Asked, reading: Reading): Obstacle[] {
  const { parameters } = found;
  const obstacles: Obstacle[] = [];
  const add = (reason: Obstacle['reason'], named: readonly string[]) => {
    if (named.length > 0) obstacles.push({ reason, words: named });
  };
  add('no_such_day', reading.noSuchDays);
  const { horizon, today } = reading;
  const isAhead = ({ from }: Period) => from > today;
  add('ahead', [
    ...asked.periods.filter(isAhead).map((period) => period.words),
    ...(horizon === undefined || 'within_days' in parameters ? [] : [horizon.words]),
  ]);
  add(
    'unread',
    words
      .filter((word) => narrows(word, asked.shape))
      .map(({ start, end }) => reading.question.slice(start, end)),
  );
  add('unhonoured', [
    ...unusedPeriods(asked.periods, parameters).flatMap((period) => (isAhead(period) ? [] : [period.words])),
    ...mentions.flatMap((mention) => (isHonoured(mention, found, asked) ? [] : [mention.words])),
    ...words.flatMap((word) => (isLeftOut(word, found, asked) ? [word.text] : [])),
  ]);
  return obstacles;
}

/** A number that belongs to a phrase (`топ 5`) is known by that. */
function narrows(word: ReadWord, { numbers }: Shape): boolean {
  return isUnknown(word) && ![...numbers].some(({ start }) => start === word.start);
}

/** Whether a parameter says what a mention says. */
function isHonoured(mention: Mention, found: Found, asked: Asked): boolean {
  const { kind, excluded, filters } = mention;
  const known = parameterNamesOf(found.function);
  if (FILTERING.has(kind)) {
    const names = Object.keys(parametersOf(mention)).map((name) => (excluded ? `exclude_${name}` : name));
    // A name beside a number is how the seller calls the same thing.
    const isNamedByNumber =
      mention.goods !== undefined && !excluded && !names.some((name) => name in asked.filters);
    return isNamedByNumber || names.every((name) => known.has(name) && name in found.parameters);
  }
  if (kind === 'period') return !excluded;
  if (kind === 'rating') {
    if (['rating', 'rating_below', 'rating_above'].some((name) => name in found.parameters)) return true;
    const isNegative = asked.measures.some((name) => name.startsWith('negative'));
    return !excluded && isNegative && filters.rating?.to === 2;
  }
  if (kind === 'quantity') return 'below' in found.parameters;
  // An exclusion of rows: `не считая отмен`. No figure is defined without some of its rows.
  if (kind === 'type' || kind === 'state') return !excluded || 'without' in found.parameters;
  return true;
}

function parameterNamesOf(name: string): ReadonlySet<string> {
  const schema = findAnalyticsFunction(name)?.parameters as { shape?: Record<string, unknown> } | undefined;
  return new Set(Object.keys(schema?.shape ?? {}));
}

/** Concepts that narrow or turn a figure, with what in a request says that it was regarded. */
const TURNING: Partial<Record<Concept, (found: Found, asked: Asked) => boolean>> = {
  discount: ({ parameters }) => parameters['by'] === 'discount_percent',
  price: ({ function: name }) => name === 'products',
  cheap: ({ function: name }) => name === 'products',
  dear: ({ function: name }) => name === 'products',
  hour: ({ parameters }) => parameters['group_by'] === 'hour',
};

function isLeftOut({ concept, fate, isTaken, excluded }: ReadWord, found: Found, asked: Asked): boolean {
  if (concept === undefined || isTaken) return false;
  // `без скидки`: no figure leaves out what a word of measures says. Rows that are left out are mentions.
  if (excluded) return fate === 'concept';
  return TURNING[concept]?.(found, asked) === false;
}

/** Totals of the same rows are one table. */
function mergeTotals(requests: readonly FigureRequest[]): FigureRequest[] {
  const merged: FigureRequest[] = [];
  for (const request of requests) {
    const { measures, ...rest } = request.parameters;
    const same = merged.find(
      (other) =>
        other.function === 'totals' &&
        request.function === 'totals' &&
        other.isCertain === request.isCertain &&
        JSON.stringify(sorted({ ...other.parameters, measures: undefined })) === JSON.stringify(sorted(rest)),
    );
    if (same === undefined) merged.push({ ...request });
    else
      same.parameters = {
        ...same.parameters,
        measures: [...new Set([...(same.parameters['measures'] as string[]), ...(measures as string[])])],
      };
  }
  return merged;
}

const sorted = (parameters: Record<string, unknown>) =>
  Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));

function mergeObstacles(obstacles: readonly Obstacle[]): Obstacle[] {
  const byReason = Map.groupBy(obstacles, ({ reason }) => reason);
  return [...byReason].map(([reason, of]) => ({
    reason,
    words: [...new Set(of.flatMap(({ words }) => words))],
  }));
}
