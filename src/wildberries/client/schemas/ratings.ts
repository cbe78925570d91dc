import { z } from 'zod';
import { decimal, integer, objectOf, requiredId } from './fields.ts';

/** POST /api/analytics/v3/sales-funnel/products: of each product only what the ratings need. */
export const ratingSchema = z
  .object({
    product: z.object({
      nmId: requiredId,
      /** Of the card's content, by Wildberries. */
      productRating: decimal,
      /** Of buyers, 0 to 5. */
      feedbackRating: decimal,
      /** `mp`: pieces in the seller's own warehouses. */
      stocks: objectOf(z.object({ mp: integer })),
    }),
  })
  .transform(({ product }) => product);

export type RatingRow = z.output<typeof ratingSchema>;
