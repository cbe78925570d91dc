import { isMoment } from './compare-times.ts';
import { readId, type WbId } from './schemas/fields.ts';

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
  nmID: WbId;
}

export interface TrashCursor {
  trashedAt: string;
  nmID: WbId;
}

export interface FeedbacksQuery {
  isAnswered: boolean;
  skip: number;
  /** Unix seconds. */
  dateFrom?: number;
  dateTo?: number;
}

interface Position {
  at: string;
  nmID: WbId;
}

/** A cursor that is no date is not used: Wildberries would refuse it in this sync and in every later one. */
function readPosition(source: unknown, time: string): Position | undefined {
  if (typeof source !== 'object' || source === null) return undefined;
  const fields = source as Record<string, unknown>;
  const nmID = readId(fields['nmID']);
  const at = fields[time];
  if (nmID === undefined || nmID === null || typeof at !== 'string' || !isMoment(at)) return undefined;
  return { at, nmID };
}

/** A cursor as it comes back from the database; `undefined`: none that could be sent. */
export function readCardsCursor(saved: unknown): CardsCursor | undefined {
  const found = readPosition(saved, 'updatedAt');
  return found && { updatedAt: found.at, nmID: found.nmID };
}

export function readTrashCursor(saved: unknown): TrashCursor | undefined {
  const found = readPosition(saved, 'trashedAt');
  return found && { trashedAt: found.at, nmID: found.nmID };
}

export interface NextCards<Cursor> {
  next: Cursor | undefined;
  /** Where a later sync goes on. */
  cursor: Cursor | undefined;
}

interface CardsAnswer {
  cards: readonly unknown[];
  cursor: unknown;
}

/** The number of cards in this answer, as Wildberries says. */
function totalOf({ cards, cursor }: CardsAnswer): number {
  const total = typeof cursor === 'object' && cursor !== null ? (cursor as { total?: unknown }).total : null;
  const number = total === undefined || total === null ? NaN : Number(total);
  return Number.isFinite(number) ? number : cards.length;
}

/** A page with fewer cards than this is not full, whatever `total` says. */
const ALMOST_FULL = 0.9 * CARDS_LIMIT;

/** Whether the documented rule says that this was the last page. What ends for another reason may lack cards. */
export function isEndOfCards(answer: CardsAnswer): boolean {
  return answer.cards.length < CARDS_LIMIT && totalOf(answer) < CARDS_LIMIT;
}

/**
 * Documented: `updatedAt` (of the trash: `trashedAt`) and `nmID` of the answer's cursor go into the next request, until its
 * `total`, the number of cards in this answer, is less than the limit. A cursor without values, which an empty page
 * may have, keeps the one before; a full page without one goes on behind its last card. A full page that does not move
 * would come again for ever, so it is the last; so is one that has far fewer cards than it says, as a `total` that is not
 * that of the page would never end. The next sync goes on from its cursor.
 */
function nextPosition(
  previous: Position | undefined,
  answer: CardsAnswer,
  time: string,
): NextCards<Position> {
  const { cards } = answer;
  const found = readPosition(answer.cursor, time) ?? readPosition(cards.at(-1), time);
  const cursor = found ?? previous;
  const moves = found !== undefined && (found.at !== previous?.at || found.nmID !== previous.nmID);
  const isFull = totalOf(answer) >= CARDS_LIMIT && cards.length >= ALMOST_FULL;
  return { next: moves && isFull ? found : undefined, cursor };
}

export function nextCards(previous: CardsCursor | undefined, answer: CardsAnswer): NextCards<CardsCursor> {
  const before = previous && { at: previous.updatedAt, nmID: previous.nmID };
  const { next, cursor } = nextPosition(before, answer, 'updatedAt');
  const name = ({ at, nmID }: Position): CardsCursor => ({ updatedAt: at, nmID });
  return { next: next && name(next), cursor: cursor && name(cursor) };
}

export function nextTrash(previous: TrashCursor | undefined, answer: CardsAnswer): NextCards<TrashCursor> {
  const before = previous && { at: previous.trashedAt, nmID: previous.nmID };
  const { next, cursor } = nextPosition(before, answer, 'trashedAt');
  const name = ({ at, nmID }: Position): TrashCursor => ({ trashedAt: at, nmID });
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
