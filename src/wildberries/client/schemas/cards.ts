import { z } from 'zod';
import {
  codes,
  id,
  listOf,
  readId,
  readObjects,
  requiredId,
  spareText,
  spareTime,
  text,
  time,
} from './fields.ts';
import type { RowHints } from './parse-row.ts';
import { readCode } from './read-text.ts';

const sizeSchema = z
  .object({ chrtID: id, techSize: text, wbSize: spareText, skus: codes })
  .transform(({ chrtID, ...rest }) => ({ chrtId: chrtID, ...rest }));

/** Largest first. */
const PHOTO_SIZES = ['big', 'c516x688', 'square', 'c246x328', 'tm'];

/** The address of the first photo that has one. A picture that cannot be understood is no reason to do without the card. */
function readFirstPhoto(value: unknown): string | null {
  const photos = typeof value === 'string' ? [value] : (readObjects(value) ?? []);
  const addresses = photos.flatMap((photo) =>
    typeof photo === 'object' && photo !== null
      ? PHOTO_SIZES.map((size) => (photo as Record<string, unknown>)[size])
      : [photo],
  );
  for (const address of addresses) {
    const url = typeof address === 'string' ? readCode(address) : null;
    if (typeof url === 'string') return url;
  }
  return null;
}

/** POST /content/v2/get/cards/list. Nothing but the article is sure to be there. */
export const cardSchema = z
  .object({
    nmID: requiredId,
    imtID: id,
    subjectName: text,
    vendorCode: text,
    brand: text,
    title: text,
    description: text,
    photos: z.transform(readFirstPhoto),
    sizes: listOf(sizeSchema),
    createdAt: spareTime,
    updatedAt: time,
  })
  .transform(({ nmID, imtID, photos, ...rest }) => ({ nmId: nmID, imtId: imtID, imageUrl: photos, ...rest }));

export type CardRow = z.output<typeof cardSchema>;

/** The product of a card that cannot be used. */
export function cardHints(fields: Readonly<Record<string, unknown>>): RowHints {
  return { nmId: readId(fields['nmID']) ?? undefined };
}

/** POST /content/v2/get/cards/trash: cards that the seller threw away. */
export const trashedCardSchema = z
  .object({ nmID: requiredId, trashedAt: time })
  .transform(({ nmID, trashedAt }) => ({ nmId: nmID, trashedAt }));

export type TrashedCardRow = z.output<typeof trashedCardSchema>;
