import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '../../../src/log.ts';
import { ENDPOINTS, type RateLimit } from '../../../src/wildberries/endpoints.ts';
import { makeToken } from '../../../src/wildberries/make-token.ts';
import { ROUTES, type SimulatedEndpoint } from '../../../src/simulator/routes.ts';
import { createSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { SCOPE_BITS, type Scope, type TokenType } from '../../../src/wildberries/token.ts';
import {
  assertValid,
  expectedOf,
  operationOf,
  propertiesIn,
  propertiesOf,
  routeOf,
  skip,
  type Json,
} from './contract-openapi.ts';
import { createTinyShop, NOON } from './simulator-tiny-shop.ts';

interface Ask {
  query?: Record<string, string>;
  body?: unknown;
  parameter?: string;
  type?: TokenType;
  scopes?: Scope[];
  host?: string;
}

const ALL_SCOPES = Object.keys(SCOPE_BITS) as Scope[];
const HOSTS = {
  ...{ content: 'content-api', prices: 'discounts-prices-api', statistics: 'statistics-api' },
  ...{ analytics: 'seller-analytics-api', feedbacks: 'feedbacks-api', common: 'common-api' },
};
const SELLER = '0b8f2a4e-3a0e-4c53-9c39-5d2f1b7c8e11';

describe('The simulator, held against the OpenAPI files of Wildberries', { skip }, () => {
  let simulator: Simulator;
  before(async () => {
    const options = {
      port: 0,
      log: silentLog(),
      frozenAt: NOON,
      limits: 'off',
      createShop: createTinyShop,
    } as const;
    simulator = createSimulator(options);
    await simulator.start();
  });
  after(() => simulator.stop(1000));

  async function ask(endpoint: SimulatedEndpoint, how: Ask = {}, asked = simulator) {
    const { method, path } = routeOf(endpoint);
    const api = ROUTES.find((route) => route.endpoint === endpoint)?.api ?? 'common';
    const place = path.replace(/\{\w+\}/, how.parameter ?? '');
    const url = `${asked.url}/${how.host ?? HOSTS[api]}${place}?${new URLSearchParams(how.query).toString()}`;
    const type = how.type ?? 'personal';
    const expiresAt = new Date(Date.now() + 60_000);
    const authorization = makeToken({ sellerId: SELLER, type, scopes: how.scopes ?? ALL_SCOPES, expiresAt });
    const response = await fetch(url, {
      method,
      headers: { authorization },
      ...(method === 'POST' ? { body: JSON.stringify(how.body ?? {}) } : {}),
    });
    const contentType = (response.headers.get('content-type') ?? '').split(';')[0]!;
    return { status: response.status, contentType, body: await response.json() };
  }

  /** An answer that is right by the file; returns it with the properties that the file has and it has not. */
  async function askRightly(endpoint: SimulatedEndpoint, how: Ask = {}, asked = simulator) {
    const answer = await ask(endpoint, how, asked);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const expected = expectedOf(endpoint, 200, answer.contentType);
    assert.ok(expected, `${endpoint} has a schema`);
    assertValid(expected, answer.body);
    const sent = new Set(propertiesIn(answer.body));
    return { body: answer.body, missing: propertiesOf(expected.schema).filter((name) => !sent.has(name)) };
  }

  const period = { start: '2026-11-01', end: '2026-11-20' };
  const page = { take: '100', skip: '0' };
  const everyCard = { settings: { sort: { ascending: true }, cursor: { limit: 100 } } };
  const byAll = Object.fromEntries(
    ['Brand', 'Subject', 'Sa', 'Nm', 'Barcode', 'Size'].map((name) => [`groupBy${name}`, 'true']),
  );
  const order = { field: 'feedbackCount', mode: 'desc' };

  /** The requests, and what may be missing from the answers: things that the shops do not have. */
  const CASES: readonly [SimulatedEndpoint, Ask, string[]?][] = [
    ['ping', {}],
    ['sellerInfo', {}],
    ['cardsList', { body: everyCard }],
    ['cardsTrash', { body: everyCard }, ['cards[].video']],
    // Absent from what sells, and removed from the file in September 2026.
    ['prices', { query: { limit: '1000' } }, ['data.listGoods[].isBadTurnover']],
    ['pricesByNm', { body: { nmList: [1001, 1005] } }, ['data.listGoods[].isBadTurnover']],
    ['orders', { query: { dateFrom: '2026-08-20' } }],
    ['sales', { query: { dateFrom: '2026-08-20' } }],
    ['stocks', {}],
    ['remainsCreate', { query: byAll }],
    [
      'salesFunnel',
      { body: { selectedPeriod: period, limit: 1000 } },
      ['data.products[].statistic.past', 'data.products[].statistic.comparison'],
    ],
    ['itemRating', { body: { currentPeriod: period, orderBy: order, offset: 0 } }, ['.dynamics']],
    ['feedbacks', { query: { isAnswered: 'true', ...page } }, ['data.feedbacks[].video']],
    [
      'feedbacks',
      { query: { isAnswered: 'false', ...page } },
      ['data.feedbacks[].video', 'data.feedbacks[].answer'],
    ],
    ['feedbacksArchive', { query: page }, ['data.feedbacks[].video', 'data.feedbacks[].photoLinks']],
  ];
  for (const [endpoint, how, absent = []] of CASES) {
    it(`answers ${endpoint} (${JSON.stringify(how)}) as described, and with every property there is`, async () => {
      const { missing } = await askRightly(endpoint, how);
      const unexpected = missing.filter(
        (name) => !absent.some((known) => name.startsWith(known) || name.endsWith(known)),
      );
      assert.deepEqual(unexpected, []);
    });
  }

  it('answers as described for a shop as it is generated, too', async (t) => {
    const generated = createSimulator({ port: 0, log: silentLog(), frozenAt: NOON, limits: 'off' });
    await generated.start();
    t.after(() => generated.stop(0));
    for (const [endpoint, how] of CASES) {
      const { body } = await askRightly(endpoint, how, generated);
      if (endpoint === 'orders') assert.ok((body as unknown[]).length > 1000);
    }
  });

  it('answers the report on remains as described, step by step', async () => {
    const created = (await askRightly('remainsCreate', { query: byAll })).body as {
      data: { taskId: string };
    };
    const parameter = created.data.taskId;
    await askRightly('remainsStatus', { parameter });
    const { body } = await askRightly('remainsStatus', { parameter });
    assert.deepEqual(body, { data: { id: parameter, status: 'done' } });
    const { missing } = await askRightly('remainsDownload', { parameter });
    assert.deepEqual(missing, []);
  });

  it('says in every row of the statistics what the schema has, though nothing is required', async () => {
    for (const endpoint of ['orders', 'sales'] as const) {
      const { body } = await askRightly(endpoint, { query: { dateFrom: '2026-08-20' } });
      const names = propertiesOf(expectedOf(endpoint, 200, 'application/json')!.schema['items'] as Json);
      assert.ok(names.length > 25);
      for (const row of body as Json[]) assert.deepEqual(Object.keys(row).sort(), [...names].sort());
    }
  });

  const UNKNOWN_TASK = '06e06887-9d9f-491f-b16a-bb1766fcb8d2';
  const FAILURES: readonly [string, SimulatedEndpoint, Ask, number][] = [
    ['a limit above the maximum', 'cardsList', { body: { settings: { cursor: { limit: 101 } } } }, 400],
    ['a wrong category', 'cardsList', { scopes: ['prices'] }, 403],
    ['no limit', 'prices', {}, 400],
    ['an empty list', 'pricesByNm', { body: { nmList: [] } }, 400],
    ['a wrong category', 'prices', { scopes: ['content'] }, 403],
    ['no dateFrom', 'orders', {}, 400],
    ['an impossible dateFrom', 'orders', { query: { dateFrom: '2026-02-30' } }, 400],
    ['no dateFrom', 'sales', {}, 400],
    ['a wrong category', 'sales', { scopes: ['content'] }, 401],
    ['a limit above the maximum', 'stocks', { body: { limit: 250_001 } }, 400],
    ['chrtIds alone', 'stocks', { body: { chrtIds: [1] } }, 400],
    ['a wrong category', 'stocks', { scopes: ['content'] }, 403],
    ['a base token', 'stocks', { type: 'base' }, 403],
    ['an empty flag', 'remainsCreate', { query: { groupByNm: '' } }, 400],
    ['no UUID', 'remainsStatus', { parameter: 'abc' }, 400],
    ['an unknown task', 'remainsStatus', { parameter: UNKNOWN_TASK }, 404],
    ['an unknown task', 'remainsDownload', { parameter: UNKNOWN_TASK }, 404],
    ['no period', 'salesFunnel', {}, 400],
    ['a wrong category', 'salesFunnel', { scopes: ['content'] }, 403],
    ['no period', 'itemRating', {}, 400],
    ['a base token', 'itemRating', { type: 'base' }, 403],
    ['no isAnswered', 'feedbacks', { query: page }, 400],
    ['too large a page', 'feedbacks', { query: { isAnswered: 'true', take: '5001', skip: '0' } }, 400],
    ['too far', 'feedbacks', { query: { isAnswered: 'true', take: '1', skip: '199991' } }, 400],
    ['a wrong category', 'feedbacks', { scopes: ['content'] }, 403],
    ['no take', 'feedbacksArchive', {}, 400],
    ['a test token', 'orders', { type: 'test' }, 401],
    ['a token of another kind in the sandbox', 'orders', { host: 'statistics-api-sandbox' }, 401],
  ];
  for (const [what, endpoint, how, status] of FAILURES) {
    it(`refuses ${what} at ${endpoint} with ${status} as described`, async () => {
      const answer = await ask(endpoint, how);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      const expected = expectedOf(endpoint, status, answer.contentType);
      assert.ok(expected, `${endpoint} has a schema for ${status} ${answer.contentType}`);
      assertValid(expected, answer.body);
      assert.ok(propertiesIn(answer.body).length > 0);
    });
  }

  for (const kind of ['429', '402', '401'] as const) {
    it(`words a scripted ${kind} as described`, async () => {
      const endpoints: SimulatedEndpoint[] = ['cardsList', 'prices', 'orders', 'stocks', 'feedbacks'];
      for (const endpoint of endpoints) {
        simulator.faults.add({ endpoint, kind, sellerId: SELLER, retryAfterSeconds: 0 });
        const answer = await ask(endpoint);
        assert.equal(answer.status, Number(kind));
        assert.equal(answer.contentType, 'application/problem+json');
        assertValid(expectedOf(endpoint, answer.status, answer.contentType)!, answer.body);
      }
    });
  }

  it('would notice an answer that is not as described', async () => {
    const { body } = await askRightly('stocks');
    const expected = expectedOf('stocks', 200, 'application/json')!;
    const breaks: ((row: Json) => void)[] = [
      (row) => delete row['chrtId'],
      (row) => (row['quantity'] = 'много'),
      (row) => (row['warehouseName'] = null),
      (row) => (row['quantityFull'] = 1),
    ];
    for (const breakRow of breaks) {
      const broken = structuredClone(body) as { data: { items: Json[] } };
      breakRow(broken.data.items.at(-1)!);
      assert.throws(() => assertValid(expected, broken), assert.AssertionError);
    }
  });
});

/** `| Персональный | 1 мин | 1 запрос | 1 мин | 10 запросов |`, or without the kind of token where it does not matter. */
const LIMIT_ROW =
  /^\s*\|(?: (Персональный|Сервисный|Базовый с секретом|Базовый) \|)? \d+ \S+ \| (\d+) запрос\S* \| (\d+) (мс|сек|мин|ч) \| (\d+) запрос\S* \|\s*$/gm;
const UNIT_MS: Readonly<Record<string, number>> = { мс: 1, сек: 1000, мин: 60_000, ч: 3_600_000 };
const KINDS: Readonly<Record<string, TokenType>> = {
  Персональный: 'personal',
  Сервисный: 'service',
  Базовый: 'base',
};

/** The limits that a method's description has, by kind of token. */
function documentedLimits(operation: Json): Partial<Record<TokenType, RateLimit | 'forbidden'>> {
  const found: Partial<Record<TokenType, RateLimit | 'forbidden'>> = {};
  for (const [, name, , interval, unit, burst] of String(operation['description']).matchAll(LIMIT_ROW)) {
    const limit = { intervalMs: Number(interval) * UNIT_MS[unit!]!, burst: Number(burst) };
    const kinds = name === undefined ? Object.values(KINDS) : [KINDS[name]];
    for (const kind of kinds) if (kind !== undefined) found[kind] = limit;
  }
  const permitted = operation['x-token-types'] as string[] | undefined;
  for (const kind of Object.values(KINDS))
    if (permitted !== undefined && !permitted.includes(kind)) found[kind] = 'forbidden';
  return found;
}

describe('The limits, held against the OpenAPI files of Wildberries', { skip }, () => {
  const all = ROUTES.map(({ endpoint, limits }) => [endpoint, limits] as const);
  for (const [endpoint, limits] of all) {
    it(`are those of ${endpoint}`, () => {
      const documented = documentedLimits(operationOf(endpoint));
      for (const kind of ['personal', 'service', 'base'] as const) {
        const [ours, theirs] = [limits[kind], documented[kind]];
        assert.ok(theirs !== undefined, `${endpoint} has a row for ${kind}`);
        if (ours === 'forbidden' || theirs === 'forbidden')
          assert.equal(ours, theirs, `${endpoint}, ${kind}`);
        else {
          assert.equal(ours.burst, theirs.burst, `${endpoint}, ${kind}`);
          // 333 ms stands for a third of a second: ours is never the shorter one.
          const longer = ours.intervalMs - theirs.intervalMs;
          assert.ok(longer === 0 || (longer === 1 && theirs.intervalMs === 333), `${endpoint}, ${kind}`);
        }
      }
    });
  }

  it('name every endpoint that the program calls', () => {
    const routed = new Set(ROUTES.map((route) => route.endpoint));
    assert.deepEqual(
      Object.keys(ENDPOINTS).filter((name) => !routed.has(name as SimulatedEndpoint)),
      [],
    );
  });

  it('are read as they are written', () => {
    const description =
      '\n| Персональный | 1 мин | 1 запрос | 1 мин | 10 запросов |\n| Базовый | 3 ч | 1 запрос | 3 ч | 1 запрос |\n';
    assert.deepEqual(documentedLimits({ description, 'x-token-types': ['personal', 'base'] }), {
      personal: { intervalMs: 60_000, burst: 10 },
      base: { intervalMs: 3 * 3_600_000, burst: 1 },
      service: 'forbidden',
    });
  });
});
