import { z } from 'zod';

/** A list that is null is empty: Go programs write empty lists like that. */
const list = z
  .array(z.unknown())
  .nullish()
  .transform((items) => items ?? []);

/** Envelopes of errors, which some services send with a status of success. An empty list may be left out of an answer. */
function isNoError(answer: Readonly<Record<string, unknown>>, content: string): boolean {
  return content in answer || !('title' in answer || 'detail' in answer || 'errors' in answer);
}
const NO_ERROR = { error: 'is an error, not an answer' };

export const cardsAnswer = z
  .looseObject({ cards: list, cursor: z.unknown() })
  .refine((answer) => isNoError(answer, 'cards'), NO_ERROR)
  .default({ cards: [], cursor: undefined });
/** An answer without data has no rows. Sales-funnel's description speaks of an "empty answer []". */
function dataWith<Name extends string>(name: Name) {
  const data = z.union([
    z
      .object({ [name]: list } as Record<Name, typeof list>)
      .transform((value) => (value as Record<Name, unknown[]>)[name]),
    z.array(z.never()),
  ]);
  return z
    .looseObject({ data: data.nullish() })
    .refine((answer) => isNoError(answer, 'data'), NO_ERROR)
    .optional()
    .transform((answer): unknown[] => answer?.data ?? []);
}
export const pricesAnswer = dataWith('listGoods');
export const ratingsAnswer = dataWith('products');
export const feedbacksAnswer = dataWith('feedbacks');
export const taskAnswer = z.object({ data: z.object({ taskId: z.string().min(1) }) });
export const statusAnswer = z.object({
  data: z.object({ status: z.enum(['new', 'processing', 'done', 'purged', 'canceled']) }),
});
