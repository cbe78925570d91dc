import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { z } from 'zod';
import { defineFunction, limitParameter, noteOf } from './analytics-function.ts';
import { cutText } from './cut-text.ts';
import { ratio } from './decimal.ts';
import { goodsParameters, reviewParameters } from './filter-parameters.ts';
import { findThemes, type Theme } from './find-themes.ts';
import { periodParameters, resolvePeriod } from './period.ts';
import { periodAsParameters, type Column } from './result.ts';
import { describeKeys, keyColumns, valueOf } from './rows.ts';
import { readWrittenReviews, type WrittenReview } from './theme-queries.ts';

/** More than anybody's opinion needs, and what a process reads in a second. */
const MOST_REVIEWS = 20_000;
/** Looked at between two turns of the process for others. */
const AT_ONCE = 500;
const LONGEST_QUOTE = 300;

const COLUMNS: Column[] = [
  { name: 'kind', unit: 'text', label: 'Что это' },
  { name: 'theme', unit: 'text', label: 'Тема' },
  { name: 'reviews', unit: 'count', label: 'Отзывов' },
  { name: 'share', unit: 'percent', label: 'Доля' },
  { name: 'quote', unit: 'text', label: 'Цитата' },
  { name: 'review_id', unit: 'text', label: 'Отзыв' },
  { name: 'date', unit: 'date', label: 'Дата' },
  { name: 'stars', unit: 'stars', label: 'Оценка' },
];

export const reviewThemes = defineFunction({
  name: 'review_themes',
  title: 'На что жалуются и за что хвалят',
  description: {
    ru: 'На что жалуются и за что хвалят в отзывах: темы с числом отзывов, долей и цитатой. Отзывы отбираются по товарам, звёздам, ответу, размеру, отметкам, цвету и времени. Без периода — за всё время.',
    en: 'What reviews complain of and praise: themes with the number of reviews, their share of the reviews with a text, and one quote each. Without a period: all time.',
  },
  parameters: z.strictObject({
    kind: z.enum(['all', 'complaint', 'praise']).default('all'),
    ...periodParameters,
    ...goodsParameters,
    ...reviewParameters,
    limit: limitParameter(10).describe('Themes of each kind, at most.'),
  }),
  async run(executor, context, { kind, limit, ...rest }, { filter }) {
    const period = resolvePeriod(rest, context, 'all');
    const { cabinetId, timeZone } = context;
    const read = await readWrittenReviews(executor, {
      ...{ cabinetId, timeZone, period, filter },
      limit: MOST_REVIEWS + 1,
    });
    const reviews = read.slice(0, MOST_REVIEWS);
    const counted = await countThemes(reviews);
    const found = counted.filter((theme) => kind === 'all' || theme.kind === kind);
    const shown = (['complaint', 'praise'] as const).flatMap((which) =>
      found.filter((theme) => theme.kind === which).slice(0, limit),
    );
    const keys = await describeKeys(
      executor,
      cabinetId,
      'product',
      shown.map(({ review: { nmId } }) => (nmId === null ? null : String(nmId))),
    );
    const isNone = reviews.length === 0;
    const withThemes = new Set(counted.flatMap(({ reviewIds }) => reviewIds)).size;
    return {
      parameters: { kind, ...periodAsParameters(period), limit },
      columns: [...COLUMNS, ...keyColumns('product')],
      rows: shown.map((theme, place) => ({
        kind: theme.kind,
        theme: theme.label,
        reviews: theme.reviewIds.length,
        share: valueOf('percent', ratio(BigInt(theme.reviewIds.length), BigInt(reviews.length), 100n)),
        quote: cutText(theme.quote, LONGEST_QUOTE),
        review_id: theme.review.reviewId,
        date: theme.review.date,
        stars: theme.review.rating,
        ...keys[place],
      })),
      total: isNone ? null : { reviews: reviews.length, with_themes: withThemes },
      data: isNone ? 'none' : 'complete',
      found: found.length,
      note: noteOf([
        ...(isNone ? ['Отзывов с текстом по такому запросу нет.'] : []),
        ...(read.length > MOST_REVIEWS ? [`Прочитаны последние ${MOST_REVIEWS} отзывов.`] : []),
      ]),
    };
  },
});

interface CountedTheme extends Theme {
  reviewIds: string[];
  /** The one that is quoted. */
  review: WrittenReview;
}

/** Complaints before praise, each by how many reviews have it. */
async function countThemes(reviews: readonly WrittenReview[]): Promise<CountedTheme[]> {
  const counted = new Map<string, CountedTheme>();
  for (const [place, review] of reviews.entries()) {
    if (place % AT_ONCE === AT_ONCE - 1) await yieldToOthers();
    for (const theme of findThemes(review)) {
      const key = `${theme.kind}/${theme.label}`;
      const known = counted.get(key);
      if (known === undefined) {
        counted.set(key, { ...theme, reviewIds: [review.reviewId], review });
        continue;
      }
      known.reviewIds.push(review.reviewId);
      if (saysMore(theme, review, known.review)) Object.assign(known, { quote: theme.quote, review });
    }
  }
  return [...counted.values()].sort(
    (a, b) =>
      (a.kind === b.kind ? 0 : a.kind === 'complaint' ? -1 : 1) ||
      b.reviewIds.length - a.reviewIds.length ||
      (a.label < b.label ? -1 : 1),
  );
}

/** Who is least content says a complaint best, who is most content praise; of equals the newest, which comes first. */
function saysMore({ kind }: Theme, review: WrittenReview, other: WrittenReview): boolean {
  const [own, old] = [review.rating ?? 3, other.rating ?? 3];
  return kind === 'complaint' ? own < old : own > old;
}
