import { z } from 'zod';
import type { CardRow, CardsCursor, TrashCursor, WbId } from '../../client/client.ts';
import { readCardsCursor, readTrashCursor } from '../../client/paging.ts';
import { createPageGuard, fingerprintOfPage } from './page-guard.ts';
import { DONE, type PartContext, type PartResult } from '../part.ts';
import { retireMissingProducts, retireTrashedProducts, saveProducts, saveSizes } from './products-queries.ts';
import { NOTHING_WRITTEN } from './upsert.ts';

const listedSchema = z.object({ at: z.coerce.date() }).optional().catch(undefined);

/**
 * How often all cards are listed, not only those that changed: a card that left the trash for good, or came back from it
 * untouched, is in no list of changes.
 */
const LIST_ALL_EVERY_MS = 24 * 60 * 60 * 1000;

/** A page has a hundred cards. */
const MAX_PAGES = 10_000;

/** Cards: names, brands, sizes. A card in the trash makes its product inactive. */
export async function syncProducts(context: PartContext): Promise<PartResult> {
  const listed = listedSchema.parse(await context.readCursor('cards-listed'));
  if (listed === undefined || Date.now() - listed.at.getTime() > LIST_ALL_EVERY_MS)
    await listAll(context, listed === undefined);
  else await listChanged(context);
  await listTrash(context);
  return DONE;
}

async function listChanged(context: PartContext): Promise<void> {
  let cursor: CardsCursor | undefined = readCardsCursor(await context.readCursor('cards'));
  const guard = createPageGuard('cards', undefined, MAX_PAGES);
  do {
    const page = await context.client.cards(cursor, context.signal);
    await savePage(context, page, page.cursor === undefined ? {} : { cards: page.cursor });
    cursor = guard.isRepeated(fingerprintOfPage(page, ({ nmId }) => nmId)) ? undefined : page.next;
  } while (cursor !== undefined);
}

/**
 * All of them. What is not among the cards any more is retired, unless a row that does not say what it is may be it, or the list ended in
 * another way than Wildberries says that it does. A listing that was cut off goes on from its last page; as nobody knows then which cards came before, it retires nothing, and the next run lists
 * all again. There is nothing to retire when a cabinet is listed for the first time.
 */
async function listAll(context: PartContext, isFirst: boolean): Promise<void> {
  const seen = new Set<WbId>();
  const startedAt = new Date();
  let cursor: CardsCursor | undefined = readCardsCursor(context.position);
  const isWhole = cursor === undefined;
  let hasNameless = false;
  let last = cursor;
  const guard = createPageGuard('cards', undefined, MAX_PAGES);
  let isEnd: boolean;
  do {
    const page = await context.client.cards(cursor, context.signal);
    const isRepeated = guard.isRepeated(fingerprintOfPage(page, ({ nmId }) => nmId));
    const next = isRepeated ? undefined : page.next;
    for (const { nmId } of page.rows) seen.add(nmId);
    for (const { hints } of page.problems) {
      if (hints?.nmId === undefined) hasNameless = true;
      else seen.add(hints.nmId);
    }
    // The place for the next run moves only when all is read.
    await savePage(context, page, {}, next);
    cursor = next;
    isEnd = page.isEnd && !isRepeated;
    last = page.cursor ?? last;
  } while (cursor !== undefined);
  // An empty list is more likely a fault than a shop that threw everything away; the trash tells of that, too.
  const isKnown = isWhole && isEnd && !hasNameless && seen.size > 0;
  await context.save(
    (tx) =>
      isKnown
        ? retireMissingProducts(tx, context.cabinetId, [...seen], startedAt)
        : Promise.resolve(NOTHING_WRITTEN),
    {
      cursors: {
        ...(isWhole || isFirst ? { 'cards-listed': { at: startedAt } } : {}),
        ...(last === undefined ? {} : { cards: last }),
      },
      position: null,
    },
  );
}

async function savePage(
  context: PartContext,
  page: Awaited<ReturnType<PartContext['client']['cards']>>,
  cursors: Readonly<Record<string, unknown>>,
  position?: CardsCursor,
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
    {
      processed: page.rows.length + page.problems.length,
      problems: page.problems,
      cursors,
      ...(position === undefined ? {} : { position }),
    },
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
    image_url: card.imageUrl,
    wb_updated_at: card.updatedAt ?? card.createdAt,
  };
}

async function listTrash(context: PartContext): Promise<void> {
  let cursor: TrashCursor | undefined = readTrashCursor(await context.readCursor('trash'));
  const guard = createPageGuard('cards in the trash', undefined, MAX_PAGES);
  do {
    const page = await context.client.trash(cursor, context.signal);
    const rows = page.rows.map(({ nmId, trashedAt }) => ({ nm_id: nmId, trashed_at: trashedAt }));
    await context.save((tx) => retireTrashedProducts(tx, context.cabinetId, rows), {
      processed: rows.length + page.problems.length,
      problems: page.problems,
      cursors: page.cursor === undefined ? {} : { trash: page.cursor },
    });
    cursor = guard.isRepeated(fingerprintOfPage(page, ({ nmId }) => nmId)) ? undefined : page.next;
  } while (cursor !== undefined);
}
