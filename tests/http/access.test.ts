import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { generateKey } from '../../src/cabinets/keys/cabinet-key.ts';
import { insertKey, revokeKey } from '../../src/cabinets/keys/queries.ts';
import { EXAMPLE_CONVERSATION_ID, EXAMPLE_USER } from '../../src/http/routes/chat-schemas.ts';
import { KEY, startTestApi, type Answer, type TestApi } from './harness.ts';
import { OPERATIONS, sampleRequest, type Operation } from './operations.ts';

const NO_SUCH_CABINET = 987_654;

/** Both ways to show a key. */
const FORMS: [form: string, headersOf: (key: string) => Record<string, string>][] = [
  ['X-API-KEY', (key) => ({ 'x-api-key': key })],
  ['Authorization', (key) => ({ authorization: `Bearer ${key}` })],
];

const closed = OPERATIONS.filter(({ access }) => access !== 'public');
const ofCabinets = OPERATIONS.filter(({ access }) => typeof access === 'object');
const ofOperator = closed.filter((operation) => !ofCabinets.includes(operation));

describe('who may use which route', () => {
  let api: TestApi;
  let own: number;
  let other: number;
  let keys: Record<'own' | 'other' | 'revoked', string>;

  before(async () => {
    api = await startTestApi();
    own = await api.createCabinet('Свой');
    other = await api.createCabinet('Чужой');
    const revoked = await insertKey(api.main.pool, own, 'отозванный');
    await revokeKey(api.main.pool, revoked.id);
    keys = {
      own: (await insertKey(api.main.pool, own, 'свой')).key,
      other: (await insertKey(api.main.pool, other, 'чужой')).key,
      revoked: revoked.key,
    };
  });
  after(() => api.stop());

  // Whatever was refused has done nothing; what the operator did is undone by the test that did it.
  afterEach(async () => {
    const { rows } = await api.main.pool.query('select name from wb_cabinets order by id');
    assert.deepEqual(rows, [{ name: 'Свой' }, { name: 'Чужой' }]);
    const { rows: made } = await api.main.pool.query('select from wb_cabinet_keys');
    assert.equal(made.length, 3);
    assert.deepEqual([api.edge.indexRequests, api.edge.rebuildRequests, api.edge.retries], [[], [], []]);
  });

  /** The conversation of the examples is always there, in the cabinet that has keys. */
  async function seedConversation(): Promise<void> {
    await api.main.pool.query(
      `insert into chat_conversations (cabinet_id, id, user_label, title) values ($1, $2, $3, 'Вопрос')
       on conflict do nothing`,
      [own, EXAMPLE_CONVERSATION_ID, `user:${EXAMPLE_USER}`],
    );
  }

  async function ask(
    operation: Operation,
    cabinetId: number,
    headers: Record<string, string>,
  ): Promise<Answer> {
    await seedConversation();
    const { path, body } = sampleRequest(operation, { cabinet_id: cabinetId });
    return api.request(operation.method, path, { body, headers, anonymous: true });
  }

  function assertRefused(answer: Answer, code: string): void {
    assert.deepEqual([answer.status, (answer.json as { code: string }).code], [403, code], answer.text);
    for (const key of [KEY, ...Object.values(keys)]) assert.ok(!answer.text.includes(key));
  }

  it('is said of routes of every kind', () => {
    assert.ok(ofCabinets.length >= 6 && ofOperator.length >= 8 && OPERATIONS.length > closed.length);
  });

  for (const operation of OPERATIONS.filter(({ access }) => access === 'public')) {
    it(`anybody: ${operation.name}`, async () => {
      for (const headers of [{}, { 'x-api-key': 'wrong' }, { 'x-api-key': keys.revoked }])
        assert.equal((await ask(operation, own, headers)).status, 200);
    });
  }

  for (const operation of closed) {
    it(`nobody without a valid key: ${operation.name}`, async () => {
      assertRefused(await ask(operation, own, {}), 'unauthorized');
      for (const [, headersOf] of FORMS) {
        for (const wrong of [
          '',
          'wrong',
          `${KEY}x`,
          KEY.slice(1),
          generateKey(),
          `${keys.own}x`,
          keys.revoked,
        ])
          assertRefused(await ask(operation, own, headersOf(wrong)), 'unauthorized');
      }
      for (const [one, another] of [
        [keys.own, 'wrong'],
        ['wrong', keys.own],
        [keys.own, keys.other],
        [KEY, keys.own],
        [keys.own, KEY],
      ] as const) {
        const headers = { 'x-api-key': one, authorization: `Bearer ${another}` };
        assertRefused(await ask(operation, own, headers), 'unauthorized');
      }
    });
  }

  for (const operation of ofOperator) {
    it(`not the key of a cabinet: ${operation.name}`, async () => {
      for (const [, headersOf] of FORMS) {
        for (const key of [keys.own, keys.other])
          assertRefused(await ask(operation, own, headersOf(key)), 'forbidden');
      }
    });
  }

  for (const operation of ofCabinets) {
    it(`the key of a cabinet, for this cabinet only: ${operation.name}`, async () => {
      for (const [form, headersOf] of FORMS) {
        const answer = await ask(operation, own, headersOf(keys.own));
        assert.equal(answer.status, 200, `${form}: ${answer.text}`);
        const refusals = [
          await ask(operation, other, headersOf(keys.own)),
          await ask(operation, NO_SUCH_CABINET, headersOf(keys.own)),
          await ask(operation, own, headersOf(keys.other)),
        ];
        for (const refusal of refusals) assertRefused(refusal, 'forbidden');
        // Whether a cabinet exists is not for others to know.
        const shown = refusals.map(({ json }) => ({ ...(json as object), request_id: '' }));
        assert.deepEqual(shown, [shown[0], shown[0], shown[0]]);
      }
    });
  }

  for (const operation of closed) {
    it(`the operator: ${operation.name}`, async () => {
      const cabinetId = await api.createCabinet('Для оператора');
      for (const [, headersOf] of FORMS) {
        const { status } = await ask(operation, cabinetId, headersOf(KEY));
        assert.ok(![401, 403, 405, 422].includes(status), String(status));
      }
      await api.main.pool.query('delete from wb_cabinets where id <> all ($1)', [[own, other]]);
      for (const requests of [api.edge.indexRequests, api.edge.rebuildRequests, api.edge.retries])
        requests.length = 0;
    });
  }

  it('also not the key of a cabinet, where there is no such route or method', async () => {
    for (const [method, path] of [
      ['GET', '/no/such/route'],
      ['PUT', `/api/v1/cabinets/${own}`],
      ['POST', `/v1/rag/status/${own}`],
      ['GET', '/admin/queues'],
    ] as const) {
      const answer = await api.request(method, path, { headers: { 'x-api-key': keys.own }, anonymous: true });
      assertRefused(answer, 'forbidden');
    }
  });

  it('is not changed by a slash at the end, by HEAD, or by other ways to write an id', async () => {
    const asked = (method: string, path: string) =>
      api.request(method, path, { headers: { 'x-api-key': keys.own }, anonymous: true });
    assert.equal((await asked('GET', `/v1/rag/status/${own}/`)).status, 200);
    assert.equal((await asked('HEAD', `/v1/rag/status/${own}`)).status, 200);
    assert.equal((await asked('HEAD', `/v1/rag/status/${other}`)).status, 403);
    assert.equal((await asked('HEAD', '/api/v1/cabinets')).status, 403);
    assert.equal((await asked('GET', `/v1/rag/status/0${other}`)).status, 403);
    const encoded = String(other).replaceAll(/\d/g, '%3$&');
    assert.equal((await asked('GET', `/v1/rag/status/${encoded}`)).status, 403);
    assert.equal((await asked('GET', `/v1/rag/failures?cabinet_id=${own}&cabinet_id=${other}`)).status, 422);
    const twice = `{"cabinet_id": ${own}, "cabinet_id": ${other}, "query": "x"}`;
    const answer = await api.request('POST', '/v1/rag/search', {
      body: twice,
      headers: { 'x-api-key': keys.own },
      anonymous: true,
    });
    assert.equal(answer.status, 403);
  });

  it('means the cabinet of the key where a cabinet may be left out', async () => {
    const failureOf = (cabinetId: number) => ({
      ...{ kind: 'row' as const, id: `row:${cabinetId}/wb_reviews/1`, cabinetId },
      ...{ sourceTable: 'wb_reviews', sourceId: '1', model: 'm', changedIds: null, rebuildId: null },
      ...{ attempts: 3, parked: true, reason: 'refused', since: new Date(), updatedAt: new Date() },
    });
    api.edge.failures.set(own, [failureOf(own)]);
    api.edge.failures.set(other, [failureOf(other)]);
    const listed = async (key: string) => {
      const answer = await api.request('GET', '/v1/rag/failures', {
        headers: { 'x-api-key': key },
        anonymous: true,
      });
      const { failures, counts } = answer.json as { failures: { cabinet_id: number }[]; counts: object };
      return { cabinets: failures.map(({ cabinet_id: id }) => id), counts };
    };
    assert.deepEqual(await listed(keys.own), { cabinets: [own], counts: { rebuild: 0, job: 0, row: 1 } });
    assert.deepEqual(await listed(KEY), { cabinets: [own, other], counts: { rebuild: 0, job: 0, row: 2 } });
  });
});
