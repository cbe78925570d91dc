import { z } from 'zod';
import type { PriceRow } from '../../client/client.ts';
import { createPageGuard, fingerprintOfPage, guardSchema } from './page-guard.ts';
import { DONE, type PartContext, type PartResult } from '../part.ts';
import { savePrices, type PriceRecord } from './prices-queries.ts';

const positionSchema = z
  .object({ offset: z.int().nonnegative(), guard: guardSchema })
  .catch({ offset: 0, guard: undefined });

/** Prices of products and of their sizes. Products that are not there (yet) have none. */
export async function syncPrices(context: PartContext): Promise<PartResult> {
  const position = positionSchema.parse(context.position);
  const guard = createPageGuard('prices', position.guard);
  let offset: number | undefined = position.offset;
  while (offset !== undefined) {
    const page = await context.client.prices(offset, context.signal);
    const next = guard.isRepeated(fingerprintOfPage(page, ({ nmId }) => nmId)) ? undefined : page.next;
    await context.save((tx) => savePrices(tx, context.cabinetId, page.rows.map(toRecord)), {
      processed: page.rows.length + page.problems.length,
      problems: page.problems,
      position: { offset: next ?? offset, guard: guard.state },
    });
    offset = next;
  }
  return DONE;
}

/** A product's price is that of its cheapest size, as its card shows it («от …»). */
function toRecord(row: PriceRow): PriceRecord {
  const sizes = row.sizes.map((size) => ({
    chrt_id: size.chrtId,
    price: size.price,
    discount_price: size.discountedPrice ?? size.price,
  }));
  const cheapest = sizes.reduce<(typeof sizes)[number] | undefined>(
    (best, size) =>
      size.discount_price !== null &&
      (best === undefined || Number(size.discount_price) < Number(best.discount_price))
        ? size
        : best,
    undefined,
  );
  return {
    nm_id: row.nmId,
    price: cheapest?.price ?? null,
    discount_price: cheapest?.discount_price ?? null,
    discount_percent: row.discountPercent,
    sizes,
  };
}
