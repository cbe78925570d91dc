import { z } from 'zod';
import { code, flag, id, integer, objectOf, optionalKey, requiredKey, text, texts, time } from './fields.ts';

const productSchema = z.object({ nmId: id, productName: text, size: text });

/** The documentation writes «ок» with Cyrillic letters, its example with Latin ones. */
const matchingSize = z.pipe(
  text,
  z.transform((value: string | null) => (value === 'ок' ? 'ok' : value)),
);

/** GET /api/v1/feedbacks and /archive. `userName` is personal data: never in a log line, never in a prompt. */
export const feedbackSchema = z
  .object({
    id: requiredKey,
    text,
    pros: text,
    cons: text,
    productValuation: integer,
    createdDate: time,
    answer: objectOf(z.object({ text })),
    productDetails: objectOf(productSchema),
    wasViewed: flag,
    userName: text,
    orderStatus: code,
    matchingSize,
    bables: texts,
    color: text,
    parentFeedbackId: optionalKey,
  })
  .transform(({ productDetails, productValuation, ...rest }) => ({
    ...rest,
    rating: productValuation,
    nmId: productDetails?.nmId ?? null,
    productName: productDetails?.productName ?? null,
    size: productDetails?.size ?? null,
  }));

export type FeedbackRow = z.output<typeof feedbackSchema>;
