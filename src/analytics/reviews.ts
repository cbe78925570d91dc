import { z } from 'zod';
import { defineFunction, limitParameter, noteOf, orderParameter } from './analytics-function.ts';
import { DIMENSIONS } from './dimensions.ts';
import { groupFigures } from './figures.ts';
import { goodsParameters, reviewParameters } from './filter-parameters.ts';
import { speaksOf, type Figures, type MeasureName } from './measures.ts';
import { periodParameters, resolvePeriod } from './period.ts';
import { readListedProducts } from './product-queries.ts';
import { periodAsParameters, type Column, type Row } from './result.ts';
import { describeKeys, keyColumns, measureColumns, measureValues } from './rows.ts';
import { sortGroups } from './totals.ts';

const MEASURES: MeasureName[] = [
  'reviews',
  'average_rating',
  'negative_reviews',
  'negative_share',
  'unanswered_reviews',
];
const CARD_RATING: Column = { name: 'card_rating', unit: 'stars', label: 'Рейтинг на WB' };

export const reviews = defineFunction({
  name: 'reviews',
  title: 'Отзывы и оценки',
  description: {
    ru: 'Сколько отзывов, средняя оценка, сколько негативных (1–2 звезды) и без ответа: всего или по товарам, брендам, категориям, размерам, оценкам, времени. По товарам — ещё и рейтинг, который показывает Wildberries. Без периода — за всё время.',
    en: 'How many reviews, the average rating, how many are negative (1 or 2 stars) and unanswered; in all or by product, brand, category, size, rating or time. By product also the rating that Wildberries shows. Without a period: all time.',
  },
  parameters: z.strictObject({
    group_by: z
      .enum([
        'none',
        'product',
        'brand',
        'category',
        'size',
        'rating',
        'color',
        'matching_size',
        'day',
        'week',
        'month',
        'weekday',
      ])
      .default('none'),
    by: z
      .enum(MEASURES as [MeasureName, ...MeasureName[]])
      .default('reviews')
      .describe('What groups are sorted by.'),
    order: orderParameter('most'),
    limit: limitParameter(20),
    ...periodParameters,
    ...goodsParameters,
    ...reviewParameters,
  }),
  async run(executor, context, { group_by: dimension, by, order, limit, ...rest }, { filter }) {
    const period = resolvePeriod(rest, context, 'all');
    const figures = await groupFigures(executor, context, { measures: MEASURES, period, dimension, filter });
    const isNone = figures.data === 'none';
    const isWhole = dimension === 'none';
    const groups = isNone
      ? []
      : sortGroups(figures.groups, dimension, by, order).filter(
          ([, sums]) => DIMENSIONS[dimension].isTime || speaksOf(sums, ['reviews']),
        );
    const shown = DIMENSIONS[dimension].isTime ? groups : groups.slice(0, limit);
    const ids = shown.map(([key]) => key);
    const keys = await describeKeys(executor, context.cabinetId, dimension, ids);
    const ratings =
      dimension === 'product'
        ? new Map(
            (await readListedProducts(executor, context.cabinetId, filter)).map(({ nm_id: nmId, rating }) => [
              String(nmId),
              rating === null ? null : Number(rating),
            ]),
          )
        : undefined;
    const cardRating = (key: string | null): Row =>
      ratings === undefined ? {} : { card_rating: ratings.get(key ?? '') ?? null };
    const rowOf = (sums: Figures) => measureValues(MEASURES, sums);
    const total = isNone ? null : rowOf(figures.total);
    return {
      parameters: {
        group_by: dimension,
        ...periodAsParameters(period),
        ...(isWhole ? {} : { by, order, limit }),
      },
      columns: [
        ...keyColumns(dimension),
        ...(ratings === undefined ? [] : [CARD_RATING]),
        ...measureColumns(MEASURES),
      ],
      rows: isWhole
        ? total === null
          ? []
          : [total]
        : shown.map(([key, sums], place) => ({ ...keys[place], ...cardRating(key), ...rowOf(sums) })),
      total,
      data: figures.data,
      found: isWhole ? Number(total !== null) : groups.length,
      note: noteOf(figures.notes),
    };
  },
});
