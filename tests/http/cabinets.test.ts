import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { testVault } from '../helpers/token-vault.ts';
import { fieldsOf, startTestApi, type TestApi } from './harness.ts';

interface CabinetAnswer {
  id: number;
  name: string;
  is_active: boolean;
  has_api_key: boolean;
  last_sync_at: string | null;
  created_at: string;
  updated_at: string;
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const SECRET = 'wb-secret-7f3a';

describe('cabinets over HTTP', () => {
  let api: TestApi;
  before(async () => (api = await startTestApi()));
  beforeEach(() => api.database.pool.query('delete from wb_cabinets'));
  after(() => api.stop());

  const storedOf = async (id: number) =>
    (
      await api.database.pool.query<{ api_key: string }>('select api_key from wb_cabinets where id = $1', [
        id,
      ])
    ).rows[0]!.api_key;
  /** What was set, from what is stored, which is never that itself. */
  const keyOf = async (id: number) => {
    const stored = await storedOf(id);
    assert.match(stored, /^wbt1:/);
    return testVault().open(id, stored);
  };

  it('creates a cabinet as the deployment guide does', async () => {
    const answer = await api.request('POST', '/api/v1/cabinets', {
      body: { name: 'Test Cabinet', api_key: 'YOUR_WB_API_KEY' },
    });
    assert.equal(answer.status, 201);
    const { id, created_at: createdAt, updated_at: updatedAt, ...rest } = answer.json as CabinetAnswer;
    assert.deepEqual(rest, { name: 'Test Cabinet', is_active: true, has_api_key: true, last_sync_at: null });
    assert.match(createdAt, TIMESTAMP);
    assert.match(updatedAt, TIMESTAMP);
    assert.equal(answer.headers.get('location'), `/api/v1/cabinets/${id}`);
    assert.equal(await keyOf(id), 'YOUR_WB_API_KEY');
  });

  it('refuses a key where others are encrypted and its own key is lost, and keeps it out of the answer', async (t) => {
    const keyless = await startTestApi({ overrides: { vault: testVault({}) } });
    t.after(() => keyless.stop());
    const first = await keyless.createCabinet();
    const changed = await keyless.request('PATCH', `/api/v1/cabinets/${first}`, {
      body: { api_key: 'in clear' },
    });
    assert.equal(changed.status, 200);
    await keyless.database.pool.query(`update wb_cabinets set api_key = $2 where id = $1`, [
      first,
      testVault().seal(first, SECRET),
    ]);
    for (const [method, path] of [
      ['POST', '/api/v1/cabinets'],
      ['PATCH', `/api/v1/cabinets/${first}`],
    ] as const) {
      const body = { name: 'a', api_key: `${SECRET}2` };
      const answer = await keyless.request(method, path, { body });
      assert.equal(answer.status, 422);
      assert.match(answer.text, /wb_token_unreadable/);
      assert.match(answer.text, /this process has no key.*WB_TOKEN_KEY/);
      assert.ok(!answer.text.includes(SECRET));
    }
    const { rows } = await keyless.database.pool.query<{ api_key: string }>(
      'select api_key from wb_cabinets',
    );
    assert.equal(rows.length, 1);
    assert.equal(testVault().open(first, rows[0]!.api_key), SECRET);
    assert.equal(
      (await keyless.request('PATCH', `/api/v1/cabinets/${first}`, { body: { name: 'b' } })).status,
      200,
    );
  });

  it('shows a cabinet that was created', async () => {
    const id = await api.createCabinet('Обувь');
    const { status, json } = await api.request('GET', `/api/v1/cabinets/${id}`);
    assert.equal(status, 200);
    assert.equal((json as CabinetAnswer).name, 'Обувь');
  });

  it('lists cabinets by id, page by page', async () => {
    const ids = [];
    for (const name of ['a', 'b', 'c']) ids.push(await api.createCabinet(name));
    const pages: number[][] = [];
    let after: number | null = 0;
    while (after !== null) {
      const { json } = await api.request('GET', `/api/v1/cabinets?limit=2&after=${after}`);
      const page = json as { cabinets: CabinetAnswer[]; next_after: number | null };
      pages.push(page.cabinets.map((cabinet) => cabinet.id));
      after = page.next_after;
    }
    assert.deepEqual(pages, [ids.slice(0, 2), ids.slice(2)]);
  });

  it('changes what it is told to and leaves the rest', async () => {
    const id = await api.createCabinet('Старое имя');
    const renamed = await api.request('PATCH', `/api/v1/cabinets/${id}`, { body: { name: 'Новое имя' } });
    assert.equal(renamed.status, 200);
    assert.equal((renamed.json as CabinetAnswer).name, 'Новое имя');
    assert.equal((renamed.json as CabinetAnswer).is_active, true);
    assert.equal(await keyOf(id), 'wb-key');

    const switchedOff = await api.request('PATCH', `/api/v1/cabinets/${id}`, { body: { is_active: false } });
    assert.equal((switchedOff.json as CabinetAnswer).is_active, false);
    assert.equal((switchedOff.json as CabinetAnswer).name, 'Новое имя');

    await api.request('PATCH', `/api/v1/cabinets/${id}`, { body: { api_key: SECRET } });
    assert.equal(await keyOf(id), SECRET);
  });

  it('deletes a cabinet with its rows and answers what it was', async () => {
    const id = await api.createCabinet('Уходящий');
    await api.database.pool.query(`insert into wb_orders (cabinet_id, order_id) values ($1, 'srid')`, [id]);
    const answer = await api.request('DELETE', `/api/v1/cabinets/${id}`);
    assert.equal(answer.status, 200);
    assert.equal((answer.json as CabinetAnswer).name, 'Уходящий');
    const { rowCount } = await api.database.pool.query('select from wb_orders where cabinet_id = $1', [id]);
    assert.equal(rowCount, 0);
    assert.equal((await api.request('GET', `/api/v1/cabinets/${id}`)).status, 404);
  });

  it('says that a cabinet inserted by SQL without a key has none', async () => {
    await api.database.pool.query(
      `insert into wb_cabinets (name, last_sync_at) values ('По SQL', 'infinity')`,
    );
    const { json } = await api.request('GET', '/api/v1/cabinets');
    const [cabinet] = (json as { cabinets: CabinetAnswer[] }).cabinets;
    assert.equal(cabinet?.has_api_key, false);
    assert.equal(cabinet.last_sync_at, null);
  });

  for (const [method, body] of [
    ['GET', undefined],
    ['PATCH', { name: 'x' }],
    ['DELETE', undefined],
  ] as const) {
    it(`answers 404 to ${method} of an unknown cabinet`, async () => {
      const answer = await api.request(method, '/api/v1/cabinets/999999', { body });
      assert.equal(answer.status, 404);
      assert.equal((answer.json as { code: string }).code, 'cabinet_not_found');
    });
  }

  const WRONG_BODIES: [what: string, method: 'POST' | 'PATCH', body: unknown, fields: string[]][] = [
    ['no field at all', 'POST', {}, ['name', 'api_key']],
    ['an empty key', 'POST', { name: 'a', api_key: '' }, ['api_key']],
    ['a blank name', 'POST', { name: ' \t', api_key: SECRET }, ['name']],
    ['a name of 201 characters', 'POST', { name: 'я'.repeat(201), api_key: SECRET }, ['name']],
    ['a NUL in the name', 'POST', { name: 'a\0b', api_key: SECRET }, ['name']],
    ['a NUL in the key', 'POST', { name: 'a', api_key: `${SECRET}\0` }, ['api_key']],
    ['half an emoji in the name', 'POST', { name: '\ud83d', api_key: SECRET }, ['name']],
    ['a key that is an object', 'POST', { name: 'a', api_key: { [SECRET]: SECRET } }, ['api_key']],
    ['a field that nobody knows', 'POST', { name: 'a', api_key: SECRET, token: SECRET }, ['token']],
    ['activity in words', 'POST', { name: 'a', api_key: SECRET, is_active: SECRET }, ['is_active']],
    ['a list', 'POST', [SECRET], ['body']],
    ['a string', 'POST', JSON.stringify(SECRET), ['body']],
    ['nothing to change', 'PATCH', {}, ['body']],
    ['a key to be removed', 'PATCH', { api_key: null }, ['api_key']],
    ['an empty name to be set', 'PATCH', { name: '' }, ['name']],
  ];
  for (const [what, method, body, fields] of WRONG_BODIES) {
    it(`refuses to ${method} ${what}, naming the field and not the key`, async () => {
      const id = await api.createCabinet();
      const path = method === 'POST' ? '/api/v1/cabinets' : `/api/v1/cabinets/${id}`;
      const answer = await api.request(method, path, { body });
      assert.equal(answer.status, 422);
      assert.deepEqual(fieldsOf(answer), fields);
      assert.ok(!answer.text.includes(SECRET));
      const { rows } = await api.database.pool.query('select from wb_cabinets');
      assert.equal(rows.length, 1);
    });
  }

  for (const id of [
    '0',
    '-1',
    '1.5',
    'abc',
    '9007199254740992',
    '99999999999999999999',
    '%00',
    '%zz',
    '1e3',
  ]) {
    it(`refuses the id ${id}`, async () => {
      const answer = await api.request('GET', `/api/v1/cabinets/${id}`);
      assert.equal(answer.status, 422);
      assert.deepEqual(fieldsOf(answer), ['cabinet_id']);
    });
  }

  it('never shows a key, in no answer and no line of the log', async () => {
    const created = await api.request('POST', '/api/v1/cabinets', { body: { name: 'a', api_key: SECRET } });
    const { id } = created.json as CabinetAnswer;
    const path = `/api/v1/cabinets/${id}`;
    const answers = [
      created,
      await api.request('GET', path),
      await api.request('GET', '/api/v1/cabinets'),
      await api.request('PATCH', path, { body: { api_key: `${SECRET}2` } }),
      await api.request('POST', '/api/v1/cabinets', { body: `{"name": "a", "api_key": "${SECRET}` }),
      await api.request('POST', `/api/v1/cabinets?api_key=${SECRET}`, { body: {} }),
      await api.request('DELETE', path),
    ];
    for (const answer of answers) assert.ok(!answer.text.includes(SECRET), answer.text);
    assert.ok(!api.log.some((line) => line.includes(SECRET)));
  });
});
