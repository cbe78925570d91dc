import { z } from 'zod';
import type { CardRow, CardsCursor, TrashCursor } from '../client/client.ts';
import { DONE, type PartContext, type PartResult } from './part.ts';
import { retireMissingProducts, retireTrashedProducts, saveProducts, saveSizes } from './products-queries.ts';
import { NOTHING_WRITTEN } from './upsert.ts';

const cardsCursorSchema = z.object({ updatedAt: z.string(), nmID: z.number() }).optional().catch(undefined);
const trashCursorSchema = z.object({ trashedAt: z.string(), nmID: z.number() }).optional().catch(undefined);
const listedSchema = z.object({ at: z.coerce.date() }).optional().catch(undefined);

/**
 * How often all cards are listed, not only those that changed: a card that left the trash for good, or came back from it
 * untouched, is in no list of changes.
 */
const LIST_ALL_EVERY_MS = 24 * 60 * 60 * 1000;

/** Cards: names, brands, sizes. A card in the trash makes its product inactive. */
export async function syncProducts(context: PartContext): Promise<PartResult> {
  const listed = listedSchema.parse(await context.readCursor('cards-listed'));
  if (listed === undefined || Date.now() - listed.at.getTime() > LIST_ALL_EVERY_MS) await listAll(context);
  else await listChanged(context);
  await listTrash(context);
  return DONE;
}

async function listChanged(context: PartContext): Promise<void> {
  let cursor: CardsCursor | undefined = cardsCursorSchema.parse(await context.readCursor('cards'));
  do {
    const page = await context.client.cards(cursor, context.signal);
    await savePage(context, page, page.cursor === undefined ? {} : { cards: page.cursor });
    cursor = page.next;
  } while (cursor !== undefined);
}

/** From the beginning. What is not among the cards any more is retired, unless an unusable row may be it. */
async function listAll(context: PartContext): Promise<void> {
  const seen = new Set<number>();
  const startedAt = new Date();
  let hasNameless = false;
  let cursor: CardsCursor | undefined;
  let last: CardsCursor | undefined;
  do {
    const page = await context.client.cards(cursor, context.signal);
    for (const { nmId } of page.rows) seen.add(nmId);
    hasNameless ||= page.problems.length > 0;
    // The place for the next run moves only when all is read: until then this listing begins anew.
    await savePage(context, page, {});
    cursor = page.next;
    last = page.cursor ?? last;
  } while (cursor !== undefined);
  await context.save(
    (tx) =>
      hasNameless
        ? Promise.resolve(NOTHING_WRITTEN)
        : retireMissingProducts(tx, context.cabinetId, [...seen], startedAt),
    { cursors: { 'cards-listed': { at: startedAt }, ...(last === undefined ? {} : { cards: last }) } },
  );
}

async function savePage(
  context: PartContext,
  page: Awaited<ReturnType<PartContext['client']['cards']>>,
  cursors: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { cabinetId } = context;
  await context.save(
    async (tx) => {
      const written = await saveProducts(tx, cabinetId, page.rows.map(toProduct));
      const sizes = page.rows.flatMap((card) =>
        card.sizes.flatMap(({ chrtId, techSize, wbSize, skus }) =>
          chrtId === null
            ? []
            : [{ nm_id: card.nmId, chrt_id: chrtId, size: techSize ?? wbSize, barcodes: skus }],
        ),
      );
      await saveSizes(
        tx,
        cabinetId,
        page.rows.map(({ nmId }) => nmId),
        sizes,
      );
      return written;
    },
    { processed: page.rows.length + page.problems.length, problems: page.problems, cursors },
  );
}

function toProduct(card: CardRow) {
  return {
    nm_id: card.nmId,
    imt_id: card.imtId,
    name: card.title,
    vendor_code: card.vendorCode,
    brand: card.brand,
    category: card.subjectName,
    description: card.description,
    image_url: card.imageUrls[0] ?? null,
    wb_updated_at: card.updatedAt ?? card.createdAt,
  };
}

async function listTrash(context: PartContext): Promise<void> {
  let cursor: TrashCursor | undefined = trashCursorSchema.parse(await context.readCursor('trash'));
  do {
    const page = await context.client.trash(cursor, context.signal);
    const rows = page.rows.map(({ nmId, trashedAt }) => ({ nm_id: nmId, trashed_at: trashedAt }));
    await context.save((tx) => retireTrashedProducts(tx, context.cabinetId, rows), {
      processed: rows.length + page.problems.length,
      problems: page.problems,
      cursors: page.cursor === undefined ? {} : { trash: page.cursor },
    });
    cursor = page.next;
  } while (cursor !== undefined);
}
