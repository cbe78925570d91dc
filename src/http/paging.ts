import type { z } from '@hono/zod-openapi';
import { wholeNumberText } from './schemas.ts';

const MAX_PAGE = 1_000;

/** Rows of a page for which no `limit` was given. */
export const DEFAULT_PAGE = 100;

/** The parameter `limit` of a list that is read page by page. */
export const pageLimit = wholeNumberText(1, MAX_PAGE).optional();

/** The parameters of a list by id. `after`: the last id of the page before. */
export const pageById = {
  limit: pageLimit,
  after: wholeNumberText(0, Number.MAX_SAFE_INTEGER).optional(),
};

/** The field `next_after` of a page, which is a `position`. */
export const nextAfter = <Position extends z.ZodType>(position: Position) =>
  position
    .nullable()
    .openapi({ description: 'What to send as `after` for the next page; null on the last one.' });

/** Reads a page of a list by id: one row more than asked for tells whether there is a next one. */
export async function readPageById<Row extends { id: number }>(
  { limit = DEFAULT_PAGE, after = 0 }: { limit?: number | undefined; after?: number | undefined },
  read: (page: { afterId: number; limit: number }) => Promise<Row[]>,
): Promise<{ rows: Row[]; nextAfter: number | null }> {
  const found = await read({ afterId: after, limit: limit + 1 });
  const rows = found.slice(0, limit);
  return { rows, nextAfter: found.length > limit ? (rows.at(-1)?.id ?? null) : null };
}
