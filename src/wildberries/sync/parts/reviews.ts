import { z } from 'zod';
import type { FeedbackRow } from '../../client/client.ts';
import { createPageGuard, fingerprintOfPage, guardSchema } from './page-guard.ts';
import { DONE, type PartContext, type PartResult } from '../part.ts';
import { refreshReviewCounts, saveReviews, type ReviewRecord } from './reviews-queries.ts';
import { NOTHING_WRITTEN } from './upsert.ts';

/** In this order: a review that is answered meanwhile moves on to a list that is still to be read. */
const LISTS = ['unanswered', 'answered', 'archived'] as const;

const querySchema = z.object({
  skip: z.int().nonnegative(),
  /** Unix seconds. Absent: from the beginning. */
  dateFrom: z.int().nonnegative().optional(),
});
const positionSchema = z
  .object({
    list: z.enum(LISTS),
    query: querySchema,
    /** Unix seconds; reviews that are older are not looked at. Absent: all. */
    since: z.int().nonnegative().optional(),
    /** When a scan began that goes back far enough to count as the day's. Absent: it does not. */
    deep: z.string().optional(),
    /** The pages of this list that have come. */
    guard: guardSchema,
  })
  .optional()
  .catch(undefined);
type Position = NonNullable<z.output<typeof positionSchema>>;

const scannedSchema = z.object({ deep: z.coerce.date() }).optional().catch(undefined);

const DAY_MS = 24 * 60 * 60 * 1000;
/**
 * Reviews say nowhere when they changed, so recent ones are read again each time, and once a day those of the quarter that
 * is indexed. After 30 days without an answer Wildberries archives a review; few are answered later.
 */
const RECENT_DAYS = 30;
const DEEP_DAYS = 90;

/** Reviews: all of them at first, later those that may have changed. */
export async function syncReviews(context: PartContext): Promise<PartResult> {
  let position: Position | undefined = positionSchema.parse(context.position) ?? (await beginScan(context));
  const { deep } = position;
  while (position !== undefined) position = await readPage(context, position);
  await context.save(
    async (tx) => {
      await refreshReviewCounts(tx, context.cabinetId);
      return NOTHING_WRITTEN;
    },
    { cursors: deep === undefined ? {} : { reviews: { deep } } },
  );
  return DONE;
}

async function beginScan(context: PartContext): Promise<Position> {
  const scanned = scannedSchema.parse(await context.readCursor('reviews'));
  const now = Date.now();
  const deep = new Date(now).toISOString();
  if (scanned === undefined) return beginList(LISTS[0], { deep });
  const isDeep = now - scanned.deep.getTime() > DAY_MS;
  const since = Math.floor((now - (isDeep ? DEEP_DAYS : RECENT_DAYS) * DAY_MS) / 1000);
  return beginList(LISTS[0], isDeep ? { since, deep } : { since });
}

function beginList(list: Position['list'], scan: Pick<Position, 'since' | 'deep'>): Position {
  const { since, deep } = scan;
  // The archive takes no dates: it comes newest first.
  const query = since === undefined || list === 'archived' ? { skip: 0 } : { skip: 0, dateFrom: since };
  return { list, query, since, deep };
}

/** Reads and saves one page. Resolves to where the next one is; `undefined` after the last list. */
async function readPage(context: PartContext, position: Position): Promise<Position | undefined> {
  const { list, query, since } = position;
  const page = await request(context, list, query);
  const { rows, problems, nextQuery } = page;
  const guard = createPageGuard(`${list} reviews`, position.guard);
  const isRepeated = guard.isRepeated(fingerprintOfPage(page, ({ id }) => id));
  // The archive begins with the newest. Whatever its dates say, a review that has come is stored.
  const isPast = list === 'archived' && since !== undefined && isBefore(rows.at(-1), since);
  const nextName = LISTS[LISTS.indexOf(list) + 1];
  const following = nextName && beginList(nextName, position);
  const isLast = nextQuery === undefined || isPast || isRepeated;
  const next = isLast ? following : { ...position, query: nextQuery, guard: guard.state };
  await context.save((tx) => saveReviews(tx, context.cabinetId, rows.map(toRecord)), {
    processed: rows.length + problems.length,
    problems,
    position: next ?? position,
  });
  return next;
}

type Query = Position['query'];

async function request({ client, signal }: PartContext, list: Position['list'], query: Query) {
  if (list === 'archived') {
    const page = await client.archive({ skip: query.skip }, signal);
    return { ...page, nextQuery: page.next === undefined ? undefined : { skip: page.next } };
  }
  const { skip, dateFrom } = query;
  const isAnswered = list === 'answered';
  const page = await client.feedbacks(
    { isAnswered, skip, ...(dateFrom === undefined ? {} : { dateFrom }) },
    signal,
  );
  return { ...page, nextQuery: page.next };
}

/** One without a date counts as new. */
function isBefore(row: FeedbackRow | undefined, since: number): boolean {
  return typeof row?.createdDate === 'string' && Date.parse(row.createdDate) / 1000 < since;
}

function toRecord(row: FeedbackRow): ReviewRecord {
  return {
    review_id: row.id,
    nm_id: row.nmId,
    product_name: row.productName,
    text: row.text,
    pros: row.pros,
    cons: row.cons,
    rating: row.rating,
    is_answered: row.answer?.text !== undefined && row.answer.text !== null,
    answer_text: row.answer?.text ?? null,
    created_date: row.createdDate,
    user_name: row.userName,
    color: row.color === 'colorless' ? null : row.color,
    bables: row.bables,
    matching_size: row.matchingSize,
    was_viewed: row.wasViewed,
    size: row.size,
    order_status: row.orderStatus,
    parent_review_id: row.parentFeedbackId,
  };
}
