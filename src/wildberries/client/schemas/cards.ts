import { z } from 'zod';
import { decimal, flag, id, listOf, requiredId, text, texts, time } from './fields.ts';

const photoSchema = z.object({ big: text, square: text, c516x688: text, c246x328: text, tm: text });

const sizeSchema = z
  .object({ chrtID: id, techSize: text, wbSize: text, skus: texts })
  .transform(({ chrtID, ...rest }) => ({ chrtId: chrtID, ...rest }));

/** The type of a value "depends on the characteristic": here it is always a list of texts. */
const characteristicSchema = z.object({ id, name: text, value: texts });

const tagSchema = z.object({ id, name: text, color: text });

const dimensionsSchema = z.object({
  length: decimal,
  width: decimal,
  height: decimal,
  weightBrutto: decimal,
  isValid: flag,
});

/** Largest first: what `imageUrls` of a card shows. */
function photoUrls(photos: z.output<typeof photoSchema>[]): string[] {
  return photos
    .map((photo) => photo.big ?? photo.c516x688 ?? photo.square ?? photo.c246x328 ?? photo.tm)
    .filter((url) => url !== null);
}

/** POST /content/v2/get/cards/list. Nothing but the article is sure to be there. */
export const cardSchema = z
  .object({
    nmID: requiredId,
    imtID: id,
    subjectID: id,
    subjectName: text,
    vendorCode: text,
    brand: text,
    title: text,
    description: text,
    photos: listOf(photoSchema),
    video: text,
    dimensions: dimensionsSchema.nullish().transform((value) => value ?? null),
    characteristics: listOf(characteristicSchema),
    sizes: listOf(sizeSchema),
    tags: listOf(tagSchema),
    createdAt: time,
    updatedAt: time,
  })
  .transform(({ nmID, imtID, subjectID, photos, ...rest }) => ({
    nmId: nmID,
    imtId: imtID,
    subjectId: subjectID,
    imageUrls: photoUrls(photos),
    ...rest,
  }));

export type CardRow = z.output<typeof cardSchema>;

/** POST /content/v2/get/cards/trash: cards that the seller threw away. */
export const trashedCardSchema = z
  .object({
    nmID: requiredId,
    vendorCode: text,
    subjectID: id,
    subjectName: text,
    createdAt: time,
    trashedAt: time,
  })
  .transform(({ nmID, subjectID, ...rest }) => ({ nmId: nmID, subjectId: subjectID, ...rest }));

export type TrashedCardRow = z.output<typeof trashedCardSchema>;
