import type { Database } from '../../database/pool.ts';
import type { Log } from '../../log.ts';
import type { EndpointName, WbApiLocation } from '../endpoints.ts';
import type { WbToken } from '../token.ts';
import type { CardsCursor, FeedbacksQuery, TrashCursor } from './paging.ts';
import type { Refusal } from './permission.ts';
import type { WbRequestReport } from './requester.ts';
import type { CardRow, TrashedCardRow } from './schemas/cards.ts';
import type { FeedbackRow } from './schemas/feedbacks.ts';
import type { RowProblem } from './schemas/parse-row.ts';
import type { PriceRow } from './schemas/prices.ts';
import type { RatingRow } from './schemas/ratings.ts';
import type { OrderRow, SaleRow } from './schemas/statistics.ts';
import type { RemainsRow, StockRow } from './schemas/stocks.ts';
import type { NextStatistics, StatisticsCursor } from './statistics-paging.ts';

export type { CardsCursor, FeedbacksQuery, TrashCursor } from './paging.ts';
export type { Refusal } from './permission.ts';
export type { WbRequestReport } from './requester.ts';
export type { CardRow, TrashedCardRow } from './schemas/cards.ts';
export type { FeedbackRow } from './schemas/feedbacks.ts';
export type { RowHints, RowProblem } from './schemas/parse-row.ts';
export type { PriceRow } from './schemas/prices.ts';
export type { RatingRow } from './schemas/ratings.ts';
export type { OrderRow, SaleRow } from './schemas/statistics.ts';
export type { RemainsRow, StockRow } from './schemas/stocks.ts';
export type { WbId } from './schemas/fields.ts';
export type { StatisticsCursor } from './statistics-paging.ts';

/** What one request brought. `problems`: rows that could not be used; the others are in `rows`. */
export interface Page<Row, Cursor> {
  rows: Row[];
  problems: RowProblem[];
  /** Where the next page starts; `undefined`: this was the last one. */
  next: Cursor | undefined;
}

/** Takes rows as they come, some hundreds at once. The answer is not read on before it resolves. */
export type OnRows<Row> = (rows: Row[], problems: RowProblem[]) => Promise<void>;

/** `next`: of the next request; `undefined`: all that there is for now has come. `cursor`: where a later sync goes on. */
export interface StatisticsPage extends NextStatistics {
  /** How many rows there were, unusable ones included. */
  rowCount: number;
}

/** `next`: offset of the next page, `undefined` after the last. */
export interface StreamedPage {
  next: number | undefined;
  rowCount: number;
}

export type RemainsStatus = 'new' | 'processing' | 'done' | 'purged' | 'canceled';

export interface WbClientOptions {
  token: WbToken;
  location: WbApiLocation;
  /** The main one: the limits are kept there. */
  database: Database;
  log: Log;
  /** For the headers of an answer, and again for each silence within its body. */
  timeoutMs?: number;
  /** How long a request may wait for its turn before it fails with `wb_rate_limited`. */
  maxWaitMs?: number;
  /** Multiplies the intervals of all limits: below 1 only against a simulator that does the same. */
  limitScale?: number;
  /** How many rows make a page of orders or sales full. Wildberries: about 80 000. */
  statisticsPageRows?: number;
  onRequest?: (report: WbRequestReport) => void;
}

/**
 * The seller API of Wildberries. One call is one request: it waits for its turn, up to `maxWaitMs`, and is never repeated.
 * Fails with `wb_rate_limited` (details.retryAt), `wb_rejected`, `wb_unavailable`, `wb_scope_missing`,
 * `wb_token_invalid`, `not_available`, an error of the database, or the reason of `signal`.
 */
export interface WbClient {
  /**
   * In the order of `updatedAt`. `cursor`: where a later sync goes on. Without one, from the beginning. `isEnd`: behind this
   * page there is certainly none; without it and without `next`, the answer was too odd to go on.
   */
  cards(
    cursor: CardsCursor | undefined,
    signal?: AbortSignal,
  ): Promise<Page<CardRow, CardsCursor> & { cursor: CardsCursor | undefined; isEnd: boolean }>;
  /** In the order of `trashedAt`. */
  trash(
    cursor: TrashCursor | undefined,
    signal?: AbortSignal,
  ): Promise<Page<TrashedCardRow, TrashCursor> & { cursor: TrashCursor | undefined }>;
  prices(offset: number, signal?: AbortSignal): Promise<Page<PriceRow, number>>;
  /** `period`: Moscow days, both included. The ratings do not depend on it. */
  ratings(
    offset: number,
    period: { start: string; end: string },
    signal?: AbortSignal,
  ): Promise<Page<RatingRow, number>>;
  orders(cursor: StatisticsCursor, onRows: OnRows<OrderRow>, signal?: AbortSignal): Promise<StatisticsPage>;
  sales(cursor: StatisticsCursor, onRows: OnRows<SaleRow>, signal?: AbortSignal): Promise<StatisticsPage>;
  stocks(offset: number, onRows: OnRows<StockRow>, signal?: AbortSignal): Promise<StreamedPage>;
  /** Resolves to the id of the task. */
  createRemainsTask(signal?: AbortSignal): Promise<string>;
  /** Throws `wb_rejected` with `details.status` 404 when Wildberries does not know the task, or no longer does. */
  remainsStatus(taskId: string, signal?: AbortSignal): Promise<RemainsStatus>;
  downloadRemains(
    taskId: string,
    onRows: OnRows<RemainsRow>,
    signal?: AbortSignal,
  ): Promise<{ rowCount: number }>;
  /** The oldest first. `next` is the whole query of the next page, because its window of dates may move. */
  feedbacks(query: FeedbacksQuery, signal?: AbortSignal): Promise<Page<FeedbackRow, FeedbacksQuery>>;
  /** The newest first. `next`: the next `skip`. */
  archive(query: { skip: number }, signal?: AbortSignal): Promise<Page<FeedbackRow, number>>;
  /** Whether the token may call this, as far as can be told without asking. */
  permission(endpoint: EndpointName): 'allowed' | Refusal;
  /** When the next request of this kind may go out; the past means now. */
  nextAllowedAt(endpoint: EndpointName): Promise<Date>;
}
