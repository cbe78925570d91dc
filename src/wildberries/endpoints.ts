import type { Scope, TokenType } from './token.ts';

/** The services that the Wildberries API consists of, each with hosts of its own. */
export type WbApi = 'content' | 'prices' | 'statistics' | 'analytics' | 'feedbacks';

/** First labels of the hosts `<label>.wildberries.ru`; only those with a sandbox know test tokens (official, 2026-08-18). */
export const API_HOSTS: Readonly<Record<WbApi, { live: string; sandbox: string | undefined }>> = {
  content: { live: 'content-api', sandbox: 'content-api-sandbox' },
  prices: { live: 'discounts-prices-api', sandbox: 'discounts-prices-api-sandbox' },
  statistics: { live: 'statistics-api', sandbox: 'statistics-api-sandbox' },
  analytics: { live: 'seller-analytics-api', sandbox: undefined },
  feedbacks: { live: 'feedbacks-api', sandbox: 'feedbacks-api-sandbox' },
};

/** A token bucket: up to `burst` requests at once, one more each `intervalMs`. */
export interface RateLimit {
  intervalMs: number;
  burst: number;
}

export interface Endpoint {
  api: WbApi;
  scope: Scope;
  method: 'GET' | 'POST';
  /** With `{name}` for parameters. */
  path: string;
  /** Endpoints of one bucket share its requests, which Wildberries counts by seller and token type. */
  bucket: string;
  /** By token type; `forbidden`: this kind of token may not call it at all. */
  limits: Readonly<Record<TokenType, RateLimit | 'forbidden'>>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Personal and service tokens have the same limits everywhere. Test tokens are documented for Content only; see below. */
function limits(personal: RateLimit, base: RateLimit | 'forbidden', test: RateLimit = personal) {
  return { personal, service: personal, base, test };
}

const CONTENT = { intervalMs: 600, burst: 5 };
/** One request a second over all methods (release notes of 2026-08-21). */
const SANDBOX = { intervalMs: SECOND, burst: 1 };

/**
 * Every method that the program calls, with the limits of Wildberries' own OpenAPI files of 2026-08-18
 * (tests/unit/wildberries/contract.test.ts holds this table against them where they are at hand).
 */
export const ENDPOINTS = {
  /** Its limit is its own, that of the trash is "all Content methods": one bucket keeps both. */
  cardsList: {
    ...{ api: 'content', scope: 'content', method: 'POST', path: '/content/v2/get/cards/list' },
    ...{ bucket: 'content', limits: limits(CONTENT, CONTENT, SANDBOX) },
  },
  cardsTrash: {
    ...{ api: 'content', scope: 'content', method: 'POST', path: '/content/v2/get/cards/trash' },
    ...{ bucket: 'content', limits: limits(CONTENT, CONTENT, SANDBOX) },
  },
  prices: {
    ...{ api: 'prices', scope: 'prices', method: 'GET', path: '/api/v2/list/goods/filter' },
    bucket: 'prices',
    limits: limits({ intervalMs: 600, burst: 5 }, { intervalMs: 15 * MINUTE, burst: 1 }, SANDBOX),
  },
  orders: {
    ...{ api: 'statistics', scope: 'statistics', method: 'GET', path: '/api/v1/supplier/orders' },
    bucket: 'orders',
    limits: limits({ intervalMs: MINUTE, burst: 10 }, { intervalMs: 3 * HOUR, burst: 1 }),
  },
  sales: {
    ...{ api: 'statistics', scope: 'statistics', method: 'GET', path: '/api/v1/supplier/sales' },
    bucket: 'sales',
    limits: limits({ intervalMs: MINUTE, burst: 1 }, { intervalMs: 2 * HOUR, burst: 1 }),
  },
  stocks: {
    ...{ api: 'analytics', scope: 'analytics', method: 'POST' },
    path: '/api/analytics/v1/stocks-report/wb-warehouses',
    bucket: 'stocks',
    limits: limits({ intervalMs: 20 * SECOND, burst: 1 }, 'forbidden'),
  },
  remainsCreate: {
    ...{ api: 'analytics', scope: 'analytics', method: 'GET', path: '/api/v1/warehouse_remains' },
    bucket: 'remains-create',
    limits: limits({ intervalMs: MINUTE, burst: 5 }, { intervalMs: 15 * MINUTE, burst: 1 }),
  },
  remainsStatus: {
    ...{ api: 'analytics', scope: 'analytics', method: 'GET' },
    path: '/api/v1/warehouse_remains/tasks/{task_id}/status',
    bucket: 'remains-status',
    limits: limits({ intervalMs: 5 * SECOND, burst: 5 }, { intervalMs: 15 * MINUTE, burst: 1 }),
  },
  remainsDownload: {
    ...{ api: 'analytics', scope: 'analytics', method: 'GET' },
    path: '/api/v1/warehouse_remains/tasks/{task_id}/download',
    bucket: 'remains-download',
    limits: limits({ intervalMs: MINUTE, burst: 1 }, { intervalMs: 15 * MINUTE, burst: 1 }),
  },
  /** Ratings of the whole catalogue, for every kind of token. */
  salesFunnel: {
    ...{ api: 'analytics', scope: 'analytics', method: 'POST' },
    path: '/api/analytics/v3/sales-funnel/products',
    bucket: 'sales-funnel',
    limits: limits({ intervalMs: 20 * SECOND, burst: 3 }, { intervalMs: 30 * MINUTE, burst: 1 }),
  },
  feedbacks: {
    ...{ api: 'feedbacks', scope: 'feedbacks', method: 'GET', path: '/api/v1/feedbacks' },
    bucket: 'feedbacks',
    limits: limits({ intervalMs: 334, burst: 6 }, { intervalMs: 12 * MINUTE, burst: 1 }),
  },
  feedbacksArchive: {
    ...{ api: 'feedbacks', scope: 'feedbacks', method: 'GET', path: '/api/v1/feedbacks/archive' },
    bucket: 'feedbacks',
    limits: limits({ intervalMs: 334, burst: 6 }, { intervalMs: 12 * MINUTE, burst: 1 }),
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;

/** Where the Wildberries API is: the real hosts, or a simulator that answers for all of them under one URL. */
export type WbApiLocation = { kind: 'live' } | { kind: 'simulator'; url: string };

/**
 * The base URL of an API for a kind of token, without a slash at the end; `undefined` when a test token has no sandbox
 * there. The simulator has the first label of the host as first part of the path.
 */
export function baseUrlOf(location: WbApiLocation, api: WbApi, type: TokenType): string | undefined {
  const label = type === 'test' ? API_HOSTS[api].sandbox : API_HOSTS[api].live;
  if (label === undefined) return undefined;
  return location.kind === 'live' ? `https://${label}.wildberries.ru` : `${location.url}/${label}`;
}
