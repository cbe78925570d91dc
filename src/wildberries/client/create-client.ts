import type { z } from 'zod';
import type { OnRows, StatisticsPage, WbClient, WbClientOptions } from './client.ts';
import {
  cardsAnswer,
  feedbacksAnswer,
  pricesAnswer,
  ratingsAnswer,
  statusAnswer,
  taskAnswer,
} from './answers.ts';
import { createLimiter } from './limiter.ts';
import * as paging from './paging.ts';
import { permissionOf } from './permission.ts';
import { toJsonNumber } from './read-json.ts';
import { createRequester } from './requester.ts';
import { cardHints, cardSchema, trashedCardSchema } from './schemas/cards.ts';
import { feedbackSchema } from './schemas/feedbacks.ts';
import { parseRows } from './schemas/parse-row.ts';
import { priceSchema } from './schemas/prices.ts';
import { ratingSchema } from './schemas/ratings.ts';
import { orderSchema, saleSchema, statisticsHints } from './schemas/statistics.ts';
import { remainsSchema, stockHints, stockSchema } from './schemas/stocks.ts';
import {
  nextStatistics,
  startTrace,
  statisticsQuery,
  traceRow,
  type StatisticsCursor,
} from './statistics-paging.ts';

export type { WbClient, WbClientOptions } from './client.ts';

/** By every property, so that a row is a size of an article; Russian, because schemas/stocks.ts knows the sums by their names. */
const REMAINS_QUERY = {
  locale: 'ru',
  groupByBrand: true,
  groupBySubject: true,
  groupBySa: true,
  groupByNm: true,
  groupByBarcode: true,
  groupBySize: true,
};

const DEFAULT_TIMEOUT_MS = 90_000;

export function createWbClient(options: WbClientOptions): WbClient {
  const { token, location, database, log, maxWaitMs, limitScale, onRequest } = options;
  const { timeoutMs = DEFAULT_TIMEOUT_MS, statisticsPageRows = 80_000 } = options;
  const limiter = createLimiter({ database, log, maxWaitMs, limitScale });
  const requester = createRequester({ token, location, limiter, log, timeoutMs, onRequest });

  /** One page of cards or of the trash; both are asked for in the same way. */
  function askForCards(
    endpoint: 'cardsList' | 'cardsTrash',
    filter: object,
    cursor: paging.CardsCursor | paging.TrashCursor | undefined,
    signal: AbortSignal | undefined,
  ): Promise<z.output<typeof cardsAnswer>> {
    const settings = {
      sort: { ascending: true },
      filter,
      cursor: { ...cursor, ...(cursor && { nmID: toJsonNumber(cursor.nmID) }), limit: paging.CARDS_LIMIT },
    };
    return requester.json({ endpoint, query: { locale: 'ru' }, body: { settings }, signal }, cardsAnswer);
  }

  async function readStatistics<Row>(
    endpoint: 'orders' | 'sales',
    schema: z.ZodType<Row>,
    cursor: StatisticsCursor,
    onRows: OnRows<Row>,
    signal: AbortSignal | undefined,
  ): Promise<StatisticsPage> {
    const trace = startTrace();
    await requester.list({ endpoint, query: statisticsQuery(cursor), signal }, '', async (items) => {
      for (const item of items)
        traceRow(trace, (item as { lastChangeDate?: unknown } | null)?.lastChangeDate);
      const { rows, problems } = parseRows(schema, items, statisticsHints);
      await onRows(rows, problems);
    });
    const { next, cursor: later } = nextStatistics(cursor, trace, statisticsPageRows, Date.now());
    return { next, cursor: later, rowCount: trace.rowCount };
  }

  function handingOver<Row>(schema: z.ZodType<Row>, onRows: OnRows<Row>) {
    return async (items: unknown[]): Promise<void> => {
      const { rows, problems } = parseRows(schema, items, stockHints);
      await onRows(rows, problems);
    };
  }

  return {
    async cards(cursor, signal) {
      const answer = await askForCards('cardsList', { withPhoto: -1 }, cursor, signal);
      const page = { ...parseRows(cardSchema, answer.cards, cardHints), ...paging.nextCards(cursor, answer) };
      return { ...page, isEnd: paging.isEndOfCards(answer) };
    },
    async trash(cursor, signal) {
      const answer = await askForCards('cardsTrash', {}, cursor, signal);
      return { ...parseRows(trashedCardSchema, answer.cards), ...paging.nextTrash(cursor, answer) };
    },
    async prices(offset, signal) {
      const query = { limit: paging.PRICES_LIMIT, offset };
      const goods = await requester.json({ endpoint: 'prices', query, signal }, pricesAnswer);
      return { ...parseRows(priceSchema, goods), next: paging.nextPrices(offset, goods.length) };
    },
    async ratings(offset, period, signal) {
      const body = { selectedPeriod: period, limit: paging.RATINGS_LIMIT, offset };
      const products = await requester.json({ endpoint: 'salesFunnel', body, signal }, ratingsAnswer);
      const next = paging.nextOffset(offset, products.length, paging.RATINGS_LIMIT);
      return { ...parseRows(ratingSchema, products), next };
    },
    orders: (cursor, onRows, signal) => readStatistics('orders', orderSchema, cursor, onRows, signal),
    sales: (cursor, onRows, signal) => readStatistics('sales', saleSchema, cursor, onRows, signal),
    async stocks(offset, onRows, signal) {
      const request = { endpoint: 'stocks', body: { limit: paging.STOCKS_LIMIT, offset }, signal } as const;
      const rowCount = await requester.list(request, 'data.items', handingOver(stockSchema, onRows));
      return { next: paging.nextOffset(offset, rowCount, paging.STOCKS_LIMIT), rowCount };
    },
    async createRemainsTask(signal) {
      const request = { endpoint: 'remainsCreate', query: REMAINS_QUERY, signal } as const;
      return (await requester.json(request, taskAnswer)).data.taskId;
    },
    async remainsStatus(taskId, signal) {
      const request = { endpoint: 'remainsStatus', path: { task_id: taskId }, signal } as const;
      return (await requester.json(request, statusAnswer)).data.status;
    },
    async downloadRemains(taskId, onRows, signal) {
      const request = { endpoint: 'remainsDownload', path: { task_id: taskId }, signal } as const;
      return { rowCount: await requester.list(request, '', handingOver(remainsSchema, onRows)) };
    },
    async feedbacks(given, signal) {
      const query = { ...given, take: paging.FEEDBACKS_TAKE, order: 'dateAsc' };
      const items = await requester.json({ endpoint: 'feedbacks', query, signal }, feedbacksAnswer);
      const parsed = parseRows(feedbackSchema, items);
      const last = parsed.rows.at(-1)?.createdDate;
      return { ...parsed, next: paging.nextFeedbacks(given, items.length, last) };
    },
    async archive({ skip }, signal) {
      const query = { skip, take: paging.FEEDBACKS_TAKE, order: 'dateDesc' };
      const items = await requester.json({ endpoint: 'feedbacksArchive', query, signal }, feedbacksAnswer);
      return { ...parseRows(feedbackSchema, items), next: paging.nextArchive(skip, items.length) };
    },
    permission: (endpoint) => permissionOf(endpoint, token, location, Date.now()),
    nextAllowedAt: (endpoint) => limiter.nextAllowedAt(endpoint, token),
  };
}
