import { z } from 'zod';

/** Largest pages that Wildberries gives. */
export const CARDS_LIMIT = 100;
export const PRICES_LIMIT = 1_000;
export const RATINGS_LIMIT = 1_000;
export const STOCKS_LIMIT = 250_000;
export const FEEDBACKS_TAKE = 5_000;
/** No page of feedbacks starts behind this one. */
export const FEEDBACKS_MAX_SKIP = 199_990;

/** Copied from an answer into the next request, character by character: JavaScript's dates would lose digits. */
export interface CardsCursor {
  updatedAt: string;
  nmID: number;
}

export interface TrashCursor {
  trashedAt: string;
  nmID: number;
}

export interface FeedbacksQuery {
  isAnswered: boolean;
  skip: number;
  /** Unix seconds. */
  dateFrom?: number;
  dateTo?: number;
}

const position = z.object({ nmID: z.number().int(), at: z.string().min(1) });

function readPosition(source: unknown, time: string): z.output<typeof position> | undefined {
  if (typeof source !== 'object' || source === null) return undefined;
  const fields = source as Record<string, unknown>;
  return position.safeParse({ nmID: fields['nmID'], at: fields[time] }).data;
}

export interface NextCards<Cursor> {
  next: Cursor | undefined;
  /** Where a later sync goes on. */
  cursor: Cursor | undefined;
}

/**
 * Documented: `updatedAt` (of the trash: `trashedAt`) and `nmID` of the answer's cursor go into the next request, until its
 * `total`, the number of cards in this answer, is less than the limit. A cursor without values, which an empty page
 * may have, keeps the one before; a full page without one goes on behind its last card. A full page that does not move
 * would come again for ever, so it is the last.
 */
function nextPosition(
  previous: { at: string; nmID: number } | undefined,
  answer: { cards: readonly unknown[]; cursor: unknown },
  time: string,
): NextCards<{ at: string; nmID: number }> {
  const { cards } = answer;
  const found = readPosition(answer.cursor, time) ?? readPosition(cards.at(-1), time);
  const cursor = found ?? previous;
  const total = z.object({ total: z.number() }).safeParse(answer.cursor).data?.total ?? cards.length;
  const moves = found !== undefined && (found.at !== previous?.at || found.nmID !== previous.nmID);
  return { next: moves && cards.length > 0 && total >= CARDS_LIMIT ? found : undefined, cursor };
}

export function nextCards(
  previous: CardsCursor | undefined,
  answer: { cards: readonly unknown[]; cursor: unknown },
): NextCards<CardsCursor> {
  const before = previous && { at: previous.updatedAt, nmID: previous.nmID };
  const { next, cursor } = nextPosition(before, answer, 'updatedAt');
  const name = ({ at, nmID }: { at: string; nmID: number }): CardsCursor => ({ updatedAt: at, nmID });
  return { next: next && name(next), cursor: cursor && name(cursor) };
}

export function nextTrash(
  previous: TrashCursor | undefined,
  answer: { cards: readonly unknown[]; cursor: unknown },
): NextCards<TrashCursor> {
  const before = previous && { at: previous.trashedAt, nmID: previous.nmID };
  const { next, cursor } = nextPosition(before, answer, 'trashedAt');
  const name = ({ at, nmID }: { at: string; nmID: number }): TrashCursor => ({ trashedAt: at, nmID });
  return { next: next && name(next), cursor: cursor && name(cursor) };
}

/** Documented: on until the list is empty. */
export function nextPrices(offset: number, rowCount: number): number | undefined {
  return rowCount === 0 ? undefined : offset + PRICES_LIMIT;
}

/** No rule is documented for ratings and stocks: a page that is not full is the last. */
export function nextOffset(offset: number, rowCount: number, limit: number): number | undefined {
  return rowCount < limit ? undefined : offset + limit;
}

/**
 * A page that is not full is the last; `undefined` then. Feedbacks come in the order of their dates: where `skip` ends, a
 * new window begins in the second of the last one, and those of that second come again.
 */
export function nextFeedbacks(
  query: FeedbacksQuery,
  rowCount: number,
  lastCreatedDate: string | null | undefined,
): FeedbacksQuery | undefined {
  if (rowCount < FEEDBACKS_TAKE) return undefined;
  const skip = query.skip + FEEDBACKS_TAKE;
  if (skip <= FEEDBACKS_MAX_SKIP) return { ...query, skip };
  const dateFrom = Math.floor(Date.parse(lastCreatedDate ?? '') / 1000);
  // A window that does not move would come again for ever.
  if (!Number.isFinite(dateFrom) || dateFrom <= (query.dateFrom ?? 0)) return undefined;
  return { ...query, skip: 0, dateFrom };
}

/** The archive takes no dates, so what lies behind the largest `skip` cannot be reached; the newest come first. */
export function nextArchive(skip: number, rowCount: number): number | undefined {
  const next = skip + FEEDBACKS_TAKE;
  return rowCount < FEEDBACKS_TAKE || next > FEEDBACKS_MAX_SKIP ? undefined : next;
}
