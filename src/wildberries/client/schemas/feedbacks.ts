import { z } from 'zod';
import { flag, id, integer, listOf, requiredKey, text, texts, time } from './fields.ts';

const answerSchema = z.object({ text, state: text, editable: flag });
const photoSchema = z.object({ fullSize: text, miniSize: text });
const videoSchema = z.object({ previewImage: text, link: text, durationSec: integer });
const productSchema = z.object({
  imtId: id,
  nmId: id,
  productName: text,
  supplierArticle: text,
  supplierName: text,
  brandName: text,
  size: text,
});

/** The documentation writes «ок» with Cyrillic letters, its example with Latin ones. */
const matchingSize = text.transform((value) => (value === 'ок' ? 'ok' : value));

/** GET /api/v1/feedbacks and /archive. `userName` is personal data: never in a log line, never in a prompt. */
export const feedbackSchema = z
  .object({
    id: requiredKey,
    text,
    pros: text,
    cons: text,
    productValuation: integer,
    createdDate: time,
    answer: answerSchema.nullish().transform((value) => value ?? null),
    state: text,
    productDetails: productSchema.nullish(),
    photoLinks: listOf(photoSchema),
    video: videoSchema.nullish().transform((value) => value ?? null),
    wasViewed: flag,
    userName: text,
    orderStatus: text,
    matchingSize,
    bables: texts,
    lastOrderShkId: id,
    lastOrderCreatedAt: time,
    color: text,
    subjectId: id,
    subjectName: text,
    parentFeedbackId: text,
    childFeedbackId: text,
  })
  .transform(({ productDetails, productValuation, ...rest }) => ({
    ...rest,
    rating: productValuation,
    nmId: productDetails?.nmId ?? null,
    imtId: productDetails?.imtId ?? null,
    productName: productDetails?.productName ?? null,
    supplierArticle: productDetails?.supplierArticle ?? null,
    brandName: productDetails?.brandName ?? null,
    size: productDetails?.size ?? null,
  }));

export type FeedbackRow = z.output<typeof feedbackSchema>;
