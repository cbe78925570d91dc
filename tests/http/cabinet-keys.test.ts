import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../helpers/until.ts';
import { startTestApi, type Answer, type TestApi } from './harness.ts';

interface Key {
  id: number;
  cabinet_id: number;
  name: string;
  key_start: string;
  key?: string;
  last_used_at: string | null;
  revoked_at: string | null;
}

describe('keys of a cabinet', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.stop());

  const make = async (cabinetId: number, name = 'Дашборд') => {
    const answer = await api.request('POST', `/api/v1/cabinets/${cabinetId}/keys`, { body: { name } });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    return answer.json as Key & { key: string };
  };
  const list = async (cabinetId: number, query = '') =>
    (await api.request('GET', `/api/v1/cabinets/${cabinetId}/keys${query}`)).json as {
      keys: Key[];
      next_after: number | null;
    };
  const statusWith = (key: string, cabinetId: number): Promise<Answer> =>
    api.request('GET', `/v1/rag/status/${cabinetId}`, { headers: { 'x-api-key': key }, anonymous: true });
  const usesOf = async (id: number) => {
    const { rows } = await api.main.pool.query<{ at: Date | null }>(
      'select last_used_at as at from wb_cabinet_keys where id = $1',
      [id],
    );
    return rows[0]?.at ?? null;
  };

  it('are shown once, and kept as a hash', async () => {
    const cabinet = await api.createCabinet();
    const made = await make(cabinet);
    assert.match(made.key, /^wbk_[\w-]{43}$/);
    assert.ok(made.key.startsWith(made.key_start) && made.key_start.length <= 12);
    const listed = await list(cabinet);
    assert.deepEqual(
      listed.keys.map(({ id, name, last_used_at: used }) => ({ id, name, used })),
      [{ id: made.id, name: 'Дашборд', used: null }],
    );
    assert.ok(!JSON.stringify(listed).includes(made.key));
    const { rows } = await api.main.pool.query('select wb_cabinet_keys::text as row from wb_cabinet_keys');
    assert.ok(rows.length > 0 && !JSON.stringify(rows).includes(made.key.slice(made.key_start.length)));
    assert.ok(!api.log.some((line) => line.includes(made.key)));
  });

  it('are all different', async () => {
    const cabinet = await api.createCabinet();
    const made = await Promise.all(Array.from({ length: 20 }, () => make(cabinet)));
    assert.equal(new Set(made.map(({ key }) => key)).size, 20);
  });

  it('open their cabinet until they are revoked, which is at once and stays in the list', async () => {
    const cabinet = await api.createCabinet();
    const [one, another] = [await make(cabinet), await make(cabinet)];
    assert.equal((await statusWith(one.key, cabinet)).status, 200);
    // Who did it is in the log, by the id of the key.
    const logged = (line: string) =>
      line.includes(`"path":"/v1/rag/status/${cabinet}"`) && line.includes(`"cabinet_key_id":${one.id}`);
    await until('the request is in the log', () => api.log.some(logged));
    const path = `/api/v1/cabinets/${cabinet}/keys/${one.id}`;
    const revoked = await api.request('DELETE', path);
    assert.equal(revoked.status, 200);
    assert.match((revoked.json as Key).revoked_at ?? '', /^\d{4}-/);
    assert.equal((await statusWith(one.key, cabinet)).status, 403);
    assert.equal((await statusWith(another.key, cabinet)).status, 200);
    assert.deepEqual((await api.request('DELETE', path)).json, revoked.json);
    const { keys } = await list(cabinet);
    assert.deepEqual(
      keys.map(({ id, revoked_at: at }) => [id, at !== null]),
      [
        [one.id, true],
        [another.id, false],
      ],
    );
  });

  it('go with their cabinet', async () => {
    const cabinet = await api.createCabinet();
    const { key } = await make(cabinet);
    await api.request('DELETE', `/api/v1/cabinets/${cabinet}`);
    const answer = await statusWith(key, cabinet);
    assert.deepEqual([answer.status, (answer.json as { code: string }).code], [403, 'unauthorized']);
  });

  it('are listed page by page', async () => {
    const cabinet = await api.createCabinet();
    const made = [await make(cabinet), await make(cabinet), await make(cabinet)].map(({ id }) => id);
    const first = await list(cabinet, '?limit=2');
    assert.deepEqual([first.keys.map(({ id }) => id), first.next_after], [made.slice(0, 2), made[1]]);
    const second = await list(cabinet, `?limit=2&after=${first.next_after}`);
    assert.deepEqual([second.keys.map(({ id }) => id), second.next_after], [made.slice(2), null]);
  });

  it('are refused and not found with a reason', async () => {
    const [cabinet, other] = [await api.createCabinet(), await api.createCabinet()];
    const { id } = await make(other);
    for (const [method, path, body, status, code] of [
      ['POST', '/api/v1/cabinets/987654/keys', { name: 'x' }, 404, 'cabinet_not_found'],
      ['GET', '/api/v1/cabinets/987654/keys', undefined, 404, 'cabinet_not_found'],
      ['DELETE', `/api/v1/cabinets/${cabinet}/keys/987654`, undefined, 404, 'key_not_found'],
      ['DELETE', `/api/v1/cabinets/${cabinet}/keys/${id}`, undefined, 404, 'key_not_found'],
      ['POST', `/api/v1/cabinets/${cabinet}/keys`, {}, 422, 'invalid_request'],
      ['POST', `/api/v1/cabinets/${cabinet}/keys`, { name: ' ' }, 422, 'invalid_request'],
      ['POST', `/api/v1/cabinets/${cabinet}/keys`, { name: 'a\0b' }, 422, 'invalid_request'],
    ] as const) {
      const answer = await api.request(method, path, { body });
      assert.deepEqual([answer.status, (answer.json as { code: string }).code], [status, code], path);
    }
    assert.equal((await list(other)).keys[0]?.revoked_at, null);
  });

  it('have it written down when they were used, once a minute at most', async () => {
    const cabinet = await api.createCabinet();
    const { id, key } = await make(cabinet);
    const { pool } = api.main;
    await pool.query(`
      create table uses (key_id bigint);
      create function count_use() returns trigger language plpgsql as
        $$ begin insert into uses values (new.id); return new; end $$;
      create trigger count_use before update on wb_cabinet_keys for each row
        when (new.last_used_at = now()) execute function count_use()`);
    const ageTo = (interval: string) =>
      pool.query('update wb_cabinet_keys set last_used_at = now() - $2::interval where id = $1', [
        id,
        interval,
      ]);
    const writes = async () => (await pool.query('select from uses where key_id = $1', [id])).rowCount;
    try {
      await Promise.all(Array.from({ length: 10 }, () => statusWith(key, cabinet)));
      await until('the use is noted', async () => (await usesOf(id)) !== null);
      for (let times = 0; times < 5; times += 1) await statusWith(key, cabinet);
      await ageTo('50 seconds');
      for (let times = 0; times < 5; times += 1) await statusWith(key, cabinet);
      await ageTo('70 seconds');
      // What was written for the requests before, if anything was, is counted by the time that this is.
      await statusWith(key, cabinet);
      await until('the use is noted again', async () => (await writes()) === 2);
      await Promise.all([statusWith(key, cabinet), statusWith(key, cabinet)]);
      assert.equal(await writes(), 2);
    } finally {
      await pool.query('drop function count_use cascade; drop table uses');
    }
  });

  it('are not slowed or failed by what is written about their use', async () => {
    const cabinet = await api.createCabinet();
    const { id, key } = await make(cabinet);
    // Somebody holds the row: who waited for it would wait for ever.
    await api.main.transaction(async (client) => {
      await client.query('select from wb_cabinet_keys where id = $1 for update', [id]);
      if (!api.database.embedded) assert.equal((await statusWith(key, cabinet)).status, 200);
    });
    // A key that was never used: the use of the other may just be being noted.
    const unused = await make(cabinet);
    await api.main.pool.query(`
      create function refuse_use() returns trigger language plpgsql as $$ begin raise 'no room'; end $$;
      create trigger refuse_use before update on wb_cabinet_keys for each row execute function refuse_use()`);
    try {
      for (let times = 0; times < 3; times += 1)
        assert.equal((await statusWith(unused.key, cabinet)).status, 200);
      await until('a failure is in the log', () => api.log.some((line) => line.includes('no room')));
    } finally {
      await api.main.pool.query('drop function refuse_use cascade');
    }
    assert.ok(!api.log.some((line) => line.includes('"level":"error"')));
  });
});
