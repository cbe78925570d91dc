import type { TestContext } from 'node:test';
import { silentLog } from '../../../src/log.ts';
import { makeToken } from '../../../src/wildberries/make-token.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../../src/simulator/simulator.ts';
import { SCOPE_BITS, type Scope, type TokenType } from '../../../src/wildberries/token.ts';
import { createTinyShop, NOON } from './simulator-tiny-shop.ts';

export const SELLER = '0b8f2a4e-3a0e-4c53-9c39-5d2f1b7c8e11';

export interface Asking {
  type?: TokenType;
  sellerId?: string;
  /** Instead of a token. */
  authorization?: string;
  /** Sent as JSON by POST. */
  body?: unknown;
  method?: string;
}

export interface Answered {
  status: number;
  headers: Headers;
  contentType: string;
  text: string;
  /** `undefined` when it is no JSON. */
  body: Record<string, unknown>;
}

export function tokenOf(type: TokenType = 'personal', sellerId = SELLER, scopes?: Scope[]): string {
  const expiresAt = new Date(Date.now() + 60_000);
  return makeToken({ sellerId, type, scopes: scopes ?? (Object.keys(SCOPE_BITS) as Scope[]), expiresAt });
}

export async function askSimulator(simulator: Simulator, path: string, how: Asking = {}): Promise<Answered> {
  const authorization = how.authorization ?? tokenOf(how.type, how.sellerId);
  const response = await fetch(`${simulator.url}${path}`, {
    method: how.method ?? (how.body === undefined ? 'GET' : 'POST'),
    headers: { authorization },
    ...(how.body === undefined
      ? {}
      : { body: typeof how.body === 'string' ? how.body : JSON.stringify(how.body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    contentType: response.headers.get('content-type') ?? '',
    text,
    body: parseJson(text) as Record<string, unknown>,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A simulator with the tiny shop at noon, without limits unless told, that ends with the test. */
export async function startSimulator(
  test: TestContext,
  options: Partial<SimulatorOptions> = {},
): Promise<Simulator> {
  const defaults = {
    port: 0,
    log: silentLog(),
    frozenAt: NOON,
    limits: 'off',
    createShop: createTinyShop,
  } as const;
  const simulator = createSimulator({ ...defaults, ...options });
  await simulator.start();
  test.after(() => simulator.stop(0));
  return simulator;
}

export const PATHS = {
  cards: '/content-api/content/v2/get/cards/list',
  trash: '/content-api/content/v2/get/cards/trash',
  prices: '/discounts-prices-api/api/v2/list/goods/filter',
  orders: '/statistics-api/api/v1/supplier/orders',
  sales: '/statistics-api/api/v1/supplier/sales',
  stocks: '/seller-analytics-api/api/analytics/v1/stocks-report/wb-warehouses',
  remains: '/seller-analytics-api/api/v1/warehouse_remains',
  funnel: '/seller-analytics-api/api/analytics/v3/sales-funnel/products',
  feedbacks: '/feedbacks-api/api/v1/feedbacks',
} as const;
