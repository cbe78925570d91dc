import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { isAppError, type AppError, type ErrorCode } from '../../../src/errors.ts';
import type { OrderRow, WbClient } from '../../../src/wildberries/client/client.ts';
import { makeToken, startHarness, type Harness } from './client-harness.ts';

const TOKEN = makeToken();
const ROW = { srid: 'srid-1', lastChangeDate: '2026-11-01T10:00:00', nmId: 1, totalPrice: 10.5 };

describe('faults of the Wildberries API', () => {
  let wb: Harness;
  before(async () => {
    wb = await startHarness();
  });
  after(() => wb.stop());
  beforeEach(() => (wb.requests.length = 0));

  /** What a call fails with. It never speaks of the token, however deep one looks. */
  async function faultOf(call: Promise<unknown>, code: ErrorCode): Promise<AppError> {
    const error: unknown = await call.then(
      () => assert.fail('it succeeded'),
      (reason: unknown) => reason,
    );
    assert.ok(isAppError(error, code), inspect(error));
    assert.ok(!inspect(error, { depth: 20 }).includes(TOKEN.raw), 'the token is secret');
    return error;
  }

  const orders = (client: WbClient, signal?: AbortSignal) =>
    client.orders({ dateFrom: '2026-11-01' }, () => Promise.resolve(), signal);

  it('a refusal says which request it was, what Wildberries said, and what to do', async () => {
    wb.answer({ errors: ['dateFrom: field required'] }, 400);
    const error = await faultOf(orders(wb.client()), 'wb_rejected');
    assert.match(error.message, /GET \/api\/v1\/supplier\/orders/);
    assert.match(error.message, /127\.0\.0\.1:\d+\/statistics-api/);
    assert.match(error.message, /«dateFrom: field required»/);
    assert.equal(error.retryable, false);
    assert.equal(error.details['status'], 400);
    assert.equal(error.details['endpoint'], 'orders');
    assert.equal(error.details['detail'], 'dateFrom: field required');
  });

  for (const [what, body, detail] of [
    ['errors as a text', { errors: 'dateFrom: Value not validated' }, 'dateFrom: Value not validated'],
    ['problem+json', { title: 'bad request', detail: 'no such day', requestId: 'r-1' }, 'no such day'],
    [
      'an envelope',
      { data: null, error: true, errorText: 'Access denied', additionalErrors: 'Access denied' },
      'Access denied',
    ],
    [
      'more errors',
      { error: true, errorText: 'Bad', additionalErrors: { limit: 'too big' } },
      'Bad; limit: too big',
    ],
    ['a title alone', { title: 'path not found' }, 'path not found'],
    ['plain text', 'Request body can not be decoded', 'Request body can not be decoded'],
    ['nothing', {}, ''],
  ] as const) {
    it(`the explanation is found in ${what}`, async () => {
      wb.answer(body, 400);
      const error = await faultOf(wb.client().prices(0), 'wb_rejected');
      assert.equal(error.details['detail'], detail);
    });
  }

  for (const [status, says] of [
    [401, /expired, revoked, or of another category \("Контент" is needed\)/],
    [402, /balance/],
    [403, /category "Контент"/],
    [404, /removed or moved/],
    [408, /not documented/],
    [409, /contradicts/],
    [413, /too large/],
    [422, /newer version/],
    [425, /not documented/],
    [498, /not documented/],
  ] as const) {
    it(`${status} is final, and says why`, async () => {
      wb.answer({ title: 'no', detail: `the token ${TOKEN.raw} is bad` }, status);
      const error = await faultOf(
        wb.client({ token: TOKEN, limitScale: 0.001 }).cards(undefined),
        'wb_rejected',
      );
      assert.match(error.message, says);
      assert.equal(error.details['status'], status);
      assert.equal(error.retryable, false);
    });
  }

  it('a method that was removed says so in Wildberries’ words', async () => {
    const detail =
      'This method is temporarily disabled. Link: https://dev.wildberries.ru/release-notes?id=570';
    wb.answer({ title: 'path not found', detail, requestId: 'abc', status: 404 }, 404);
    const error = await faultOf(wb.client().remainsStatus('x/../y'), 'wb_rejected');
    assert.ok(error.message.includes(detail));
    assert.equal(error.details['requestId'], 'abc');
    assert.equal(
      wb.requests[0]?.path,
      '/seller-analytics-api/api/v1/warehouse_remains/tasks/x%2F..%2Fy/status',
    );
  });

  for (const [what, kind, respond] of [
    ['5xx', 'server_error', (r) => r.writeHead(503).end('<html><title>Maintenance</title></html>')],
    ['a page instead of data', 'not_json', (r) => r.writeHead(200).end('<html><head><title>Работы</title>')],
    ['half an answer', 'cut_off', (r) => r.writeHead(200).end('{"cards": [{"nmID": 1')],
    [
      'an envelope that says error',
      'error_envelope',
      (r) => r.end('{"data":null,"error":true,"errorText":"oops"}'),
    ],
    ['data of an unknown form', 'unexpected_shape', (r) => r.end('{"cards": "none"}')],
    ['a connection that ends before the answer', 'broken', (r) => r.destroy()],
    [
      'a connection that ends within the answer',
      'cut_off',
      (r) => {
        r.writeHead(200, { 'Content-Length': '1000' }).write('{"cards":');
        setImmediate(() => r.destroy());
      },
    ],
    ['a redirect', 'redirected', (r) => r.writeHead(302, { Location: `${wb.url}/elsewhere` }).end()],
  ] as [string, string, Parameters<Harness['respond']>[0]][]) {
    it(`${what} passes: the same request may be sent again later`, async () => {
      wb.respond(respond);
      const error = await faultOf(wb.client().cards(undefined), 'wb_unavailable');
      assert.equal(error.details['kind'], kind);
      assert.equal(error.retryable, true);
      assert.match(error.message, /POST \/content\/v2\/get\/cards\/list of 127\.0\.0\.1/);
      assert.equal(wb.requests.length, 1, 'one call is one request, and redirects are not followed');
    });
  }

  it('an answer that does not come, and one that stops coming, end after the timeout', async () => {
    const client = wb.client({ timeoutMs: 50, maxWaitMs: 5_000 });
    wb.respond(() => undefined);
    const silent = await faultOf(client.cards(undefined), 'wb_unavailable');
    assert.equal(silent.details['kind'], 'timeout');
    wb.respond((response) => response.writeHead(200).write('{"cards":'));
    const halted = await faultOf(client.cards(undefined), 'wb_unavailable');
    assert.equal(halted.details['kind'], 'timeout');
    wb.respond((response) => response.writeHead(500).write('half a page'));
    const page = await faultOf(client.cards(undefined), 'wb_unavailable');
    assert.equal(page.details['kind'], 'server_error');
  });

  it('a host that is not there is named, and uses nothing of the limit up', async () => {
    const client = wb.client({ location: { kind: 'simulator', url: 'http://127.0.0.1:9' } });
    const unreachable = await startHarness();
    await unreachable.stop();
    const gone = wb.client({ location: { kind: 'simulator', url: unreachable.url } });
    const error = await faultOf(
      gone.sales({ dateFrom: '2026-11-01' }, () => Promise.resolve()),
      'wb_unavailable',
    );
    assert.equal(error.details['kind'], 'unreachable');
    assert.match(error.message, /cannot be reached/);
    assert.ok((await gone.nextAllowedAt('sales')).getTime() <= Date.now() + 500);
    await faultOf(client.cards(undefined), 'wb_unavailable');
  });

  it('429 is waited out as long as Wildberries says, by everyone', async () => {
    wb.answer({ title: 'too many requests', detail: 'limited by x' }, 429, {
      'X-Ratelimit-Retry': '2',
      'X-Ratelimit-Reset': '29',
      'X-Ratelimit-Limit': '10',
    });
    const client = wb.client();
    const error = await faultOf(client.prices(0), 'wb_rate_limited');
    const waitMs = Date.parse(String(error.details['retryAt'])) - Date.now();
    assert.ok(waitMs > 1_000 && waitMs <= 2_100, String(waitMs));
    assert.match(error.message, /«limited by x»/);
    const again = await faultOf(client.prices(0), 'wb_rate_limited');
    assert.equal(again.details['retryAt'], error.details['retryAt']);
    assert.equal(wb.requests.length, 1, 'the second one never went out');
  });

  it('the limiter of the whole account closes every endpoint', async () => {
    wb.answer({ title: 'too many requests', detail: 'Limited by global limiter, per seller x' }, 429, {
      'X-Ratelimit-Retry': '2',
    });
    const client = wb.client();
    const error = await faultOf(client.prices(0), 'wb_rate_limited');
    const other = await faultOf(client.cards(undefined), 'wb_rate_limited');
    assert.equal(other.details['retryAt'], error.details['retryAt']);
  });

  it('what the token does not permit is not asked for', async () => {
    const cases = [
      [makeToken('personal', ['content']), 'prices', 'wb_scope_missing', /"Цены и скидки"/],
      [makeToken('base'), 'stocks', 'wb_scope_missing', /base tokens/],
      [makeToken('test'), 'stocks', 'wb_scope_missing', /no sandbox/],
      [makeToken('personal', ['content'], -1_000), 'cardsList', 'wb_token_invalid', /expired on 20/],
    ] as const;
    for (const [token, endpoint, code, reason] of cases) {
      const permission = wb.client({ token }).permission(endpoint);
      assert.ok(permission !== 'allowed');
      assert.equal(permission.code, code);
      assert.match(permission.reason, reason);
    }
    await faultOf(wb.client({ token: cases[0][0] }).prices(0), 'wb_scope_missing');
    assert.equal(wb.requests.length, 0);
    assert.equal(wb.client({ token: makeToken('base') }).permission('prices'), 'allowed');
  });

  it('a call that is interrupted ends with the reason', async () => {
    const [reason, abort] = [new Error('stop'), new AbortController()];
    wb.respond(() => abort.abort(reason));
    await assert.rejects(orders(wb.client(), abort.signal), reason);
    const [second, client] = [new AbortController(), wb.client()];
    wb.respond((response) => {
      response.writeHead(200).write('[');
      setImmediate(() => second.abort(reason));
    });
    await assert.rejects(orders(client, second.signal), reason);
    await assert.rejects(orders(client, AbortSignal.abort(reason)), reason);
  });

  describe('in a list that is read while it comes', () => {
    for (const [what, kind, body, rows] of [
      ['it is cut', 'cut_off', `[${JSON.stringify(ROW)},{"srid":"srid-2","last`, 1],
      ['it does not end', 'cut_off', `[${JSON.stringify(ROW)}`, 1],
      ['it is empty', 'cut_off', '', 0],
      ['it is a page', 'not_json', '<html><body>Ведутся работы</body>', 0],
      ['it is no list', 'unexpected_shape', '{"rows":[]}', 0],
      ['it is a fault', 'error_envelope', '{"errors":["oops"]}', 0],
    ] as const) {
      it(`${what}: what was there is handed over`, async () => {
        wb.respond((response) => response.writeHead(200).end(body));
        const seen: OrderRow[] = [];
        const call = wb.client().orders({ dateFrom: '2026-11-01' }, (batch) => {
          seen.push(...batch);
          return Promise.resolve();
        });
        const error = await faultOf(call, 'wb_unavailable');
        assert.equal(error.details['kind'], kind);
        assert.equal(seen.length, rows);
      });
    }

    it('stocks that say nothing of stocks are a fault, not an empty warehouse', async () => {
      for (const body of ['{"data":null}', '{}', '{"data":{"error":true}}']) {
        wb.respond((response) => response.end(body));
        await faultOf(
          wb.client().stocks(0, () => Promise.resolve()),
          'wb_unavailable',
        );
      }
      wb.respond((response) => response.writeHead(204).end());
      assert.deepEqual(await wb.client().stocks(0, () => Promise.resolve()), {
        next: undefined,
        rowCount: 0,
      });
    });

    it('a fault of whoever takes the rows is theirs', async () => {
      wb.answer([ROW]);
      const fault = new Error('the database is full');
      await assert.rejects(
        wb.client().orders({ dateFrom: '2026-11-01' }, () => Promise.reject(fault)),
        fault,
      );
      wb.answer(Array.from({ length: 2_500 }, (_, index) => ({ ...ROW, srid: `s${index}` })));
      await assert.rejects(
        wb.client().orders({ dateFrom: '2026-11-01' }, () => Promise.reject(fault)),
        fault,
      );
    });
  });
});
