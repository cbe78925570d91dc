import {
  API_HOSTS,
  ENDPOINTS,
  type Endpoint,
  type EndpointName,
  type WbApi,
} from '../wildberries/endpoints.ts';
import type { Scope, TokenType } from '../wildberries/token.ts';
import type { SimulatedApi } from './problems.ts';

/** What the simulator answers: what the program calls, and what a person tries besides. */
export type SimulatedEndpoint = EndpointName | 'pricesByNm' | 'itemRating' | 'sellerInfo' | 'ping';

export interface Route {
  endpoint: SimulatedEndpoint;
  api: SimulatedApi;
  /** `any`: a token of any category will do. */
  scope: Scope | 'any';
  method: Endpoint['method'];
  path: string;
  limits: Endpoint['limits'];
  bucketFor: (type: TokenType) => string;
}

export interface MatchedRoute extends Route {
  /** First label of the host. */
  host: string;
  sandbox: boolean;
  parameters: Readonly<Record<string, string>>;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Hosts by their first label. */
const HOSTS = new Map<string, { api: SimulatedApi; sandbox: boolean }>([
  ['common-api', { api: 'common', sandbox: false }],
]);
for (const [name, { live, sandbox }] of Object.entries(API_HOSTS)) {
  const api = name as WbApi;
  HOSTS.set(live, { api, sandbox: false });
  if (sandbox !== undefined) HOSTS.set(sandbox, { api, sandbox: true });
}

const SCOPES: Readonly<Record<SimulatedApi, Scope | 'any'>> = {
  content: 'content',
  prices: 'prices',
  statistics: 'statistics',
  analytics: 'analytics',
  feedbacks: 'feedbacks',
  common: 'any',
};

/** The list of cards has a limit of its own, all other methods of Content share one; the sandbox has one for all. */
function bucketsOf(name: EndpointName): Route['bucketFor'] {
  return (type) => (name === 'cardsList' && type !== 'test' ? 'cards-list' : ENDPOINTS[name].bucket);
}

const PROGRAM_ROUTES: readonly Route[] = (Object.keys(ENDPOINTS) as EndpointName[]).map((name) => {
  const { api, scope, method, path, limits } = ENDPOINTS[name];
  return { endpoint: name, api, scope, method, path, limits, bucketFor: bucketsOf(name) };
});

const RATING_LIMIT = { intervalMs: 20 * SECOND, burst: 3 };
const SELLER_LIMIT = { intervalMs: MINUTE, burst: 10 };

/** Methods that the program does not call, with the limits of the same files. */
const OTHER_ROUTES: readonly Route[] = [
  {
    ...{
      endpoint: 'pricesByNm',
      api: 'prices',
      scope: 'prices',
      method: 'POST',
      path: ENDPOINTS.prices.path,
    },
    ...{ limits: ENDPOINTS.prices.limits, bucketFor: () => ENDPOINTS.prices.bucket },
  },
  {
    ...{ endpoint: 'itemRating', api: 'analytics', scope: 'analytics', method: 'POST' },
    path: '/api/analytics/v2/item-rating',
    limits: { personal: RATING_LIMIT, service: RATING_LIMIT, base: 'forbidden', test: 'forbidden' },
    bucketFor: () => 'item-rating',
  },
  {
    ...{ endpoint: 'sellerInfo', api: 'common', scope: 'any', method: 'GET', path: '/api/v1/seller-info' },
    limits: {
      personal: SELLER_LIMIT,
      service: SELLER_LIMIT,
      base: { intervalMs: 24 * 60 * MINUTE, burst: 1 },
      test: 'forbidden',
    },
    bucketFor: () => 'seller-info',
  },
];

/** At most 3 in 30 seconds, on each host. */
const PING_LIMIT = { intervalMs: 10 * SECOND, burst: 3 };

/** Every method but `ping`, which each host has. */
export const ROUTES: readonly Route[] = [...PROGRAM_ROUTES, ...OTHER_ROUTES];

function pingOf(host: string, api: SimulatedApi): Route {
  const limits = { personal: PING_LIMIT, service: PING_LIMIT, base: PING_LIMIT, test: PING_LIMIT };
  const scope = SCOPES[api];
  const bucketFor = () => `ping ${host}`;
  return { endpoint: 'ping', api, scope, method: 'GET', path: '/ping', limits, bucketFor };
}

/** The method that a request `/<host>/<path>` means; `undefined` when that host has no such. */
export function matchRoute(method: string, pathname: string): MatchedRoute | undefined {
  const [, host = '', ...rest] = pathname.split('/');
  const found = HOSTS.get(host);
  if (found === undefined) return undefined;
  for (const route of [pingOf(host, found.api), ...ROUTES]) {
    if (route.api !== found.api || route.method !== method) continue;
    const parameters = matchPath(route.path, rest);
    if (parameters !== undefined) return { ...route, host, sandbox: found.sandbox, parameters };
  }
  return undefined;
}

function matchPath(path: string, parts: readonly string[]): Record<string, string> | undefined {
  const expected = path.split('/').slice(1);
  if (expected.length !== parts.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, name] of expected.entries()) {
    const part = parts[index]!;
    if (name.startsWith('{')) parameters[name.slice(1, -1)] = part;
    else if (name !== part) return undefined;
  }
  return parameters;
}

/** Methods that Wildberries has removed, by host and path, with the release note that says so. */
const REMOVED = new Map([['/statistics-api/api/v1/supplier/stocks', 494]]);

export function removedIn(pathname: string): number | undefined {
  return REMOVED.get(pathname.replace('-api-sandbox/', '-api/'));
}
