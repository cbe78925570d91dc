import { z } from 'zod';
import { decimal, id, integer, requiredId, text } from './fields.ts';

const stocksSchema = z.object({ wb: integer, mp: integer, balanceSum: decimal });

/** POST /api/analytics/v3/sales-funnel/products: of each product only what the ratings need. */
export const ratingSchema = z
  .object({
    product: z.object({
      nmId: requiredId,
      title: text,
      vendorCode: text,
      brandName: text,
      subjectId: id,
      subjectName: text,
      /** Of the card's content, by Wildberries. */
      productRating: decimal,
      /** Of buyers, 0 to 5. */
      feedbackRating: decimal,
      stocks: stocksSchema.nullish().transform((value) => value ?? null),
    }),
  })
  .transform(({ product }) => product);

export type RatingRow = z.output<typeof ratingSchema>;
