import { z } from 'zod';
import { limitParameter, defineFunction } from './analytics-function.ts';
import { comparePeriods } from './compare-periods.ts';
import { goodsParameters } from './filter-parameters.ts';
import { otherPeriodParameters, periodParameters, resolvePeriod } from './period.ts';

/** `compare_periods` of what reviews say, under the name by which one looks for it. */
export const ratingChange = defineFunction({
  name: 'rating_change',
  title: 'Как изменился рейтинг',
  description: {
    ru: 'Средняя оценка, число отзывов, доля негативных и число отзывов без ответа за период и за предыдущий: всего или по товарам, брендам, категориям; сначала то, что упало сильнее всего.',
    en: 'Average rating, number of reviews, share of negative and number of unanswered ones in a period next to the one before; in all or by product, brand or category, the largest fall first.',
  },
  parameters: z.strictObject({
    group_by: z.enum(['none', 'product', 'brand', 'category']).default('none'),
    ...periodParameters,
    ...otherPeriodParameters,
    ...goodsParameters,
    show: z.enum(['all', 'grew', 'fell']).default('all').describe('Only groups whose rating grew, or fell.'),
    order: z.enum(['growth', 'fall']).default('fall'),
    limit: limitParameter(20),
  }),
  async run(executor, context, parameters, selection) {
    const { from, to } = resolvePeriod(parameters, context, 'last_30_days');
    const { period: _period, ...rest } = parameters;
    const result = await comparePeriods.run(
      executor,
      context,
      {
        ...rest,
        from,
        to,
        min_orders: 1,
        measures: ['average_rating', 'reviews', 'negative_share', 'unanswered_reviews'],
      },
      selection,
    );
    const { measures: _measures, ...understood } = result.parameters;
    return { ...result, parameters: understood };
  },
});
