import { z } from 'zod';
import { moscowDay } from '../../client/compare-times.ts';
import { createPageGuard, fingerprintOfPage, guardSchema } from './page-guard.ts';
import { DONE, type PartContext, type PartResult } from '../part.ts';
import { saveRatings } from './ratings-queries.ts';

const positionSchema = z
  .object({ offset: z.int().nonnegative(), guard: guardSchema })
  .catch({ offset: 0, guard: undefined });

/** What buyers give a product on average, the rating of its card, and how many pieces the seller's own warehouses have. */
export async function syncRatings(context: PartContext): Promise<PartResult> {
  const today = moscowDay(Date.now());
  const position = positionSchema.parse(context.position);
  const guard = createPageGuard('ratings', position.guard);
  let offset: number | undefined = position.offset;
  while (offset !== undefined) {
    const page = await context.client.ratings(offset, { start: today, end: today }, context.signal);
    const next = guard.isRepeated(fingerprintOfPage(page, ({ nmId }) => nmId)) ? undefined : page.next;
    const rows = page.rows.map((row) => ({
      nm_id: row.nmId,
      // 0 is what Wildberries says of a product that nobody has rated.
      rating: Number(row.feedbackRating) === 0 ? null : row.feedbackRating,
      card_rating: row.productRating,
      seller_stock: row.stocks?.mp ?? null,
    }));
    await context.save((tx) => saveRatings(tx, context.cabinetId, rows), {
      processed: rows.length + page.problems.length,
      problems: page.problems,
      position: { offset: next ?? offset, guard: guard.state },
    });
    offset = next;
  }
  return DONE;
}
