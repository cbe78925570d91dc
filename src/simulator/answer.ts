import type { Shop } from './shop/shop.ts';

/** A request that may be answered: the token is good, the limits permit it. */
export interface Question {
  query: URLSearchParams;
  /** What the body says as JSON; `undefined` when there is none or it is no JSON. */
  body: unknown;
  /** Parts of the path that the endpoint's `{name}` stand for. */
  parameters: Readonly<Record<string, string>>;
  sellerId: string;
  shop: Shop;
  /** The shop's time. */
  at: Date;
}

export interface Answer {
  status: number;
  contentType: string;
  /** Sent as JSON, or as it is when a string; nothing when `undefined`. */
  body: unknown;
}

export type Answerer = (question: Question) => Answer;

export function json(body: unknown, status = 200): Answer {
  return { status, contentType: 'application/json', body };
}

/** Where Wildberries has no rows to show and no empty list either. */
export function noContent(): Answer {
  return { status: 204, contentType: 'application/json', body: undefined };
}
