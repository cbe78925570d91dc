import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it, type TestContext } from 'node:test';
import { recordEvents } from '../../src/activity/queries.ts';
import { createConversations } from '../../src/chat/conversations.ts';
import { insertKey, revokeKey } from '../../src/cabinets/keys/queries.ts';
import { createDatabase } from '../../src/database/pool.ts';
import { silentLog } from '../../src/log.ts';
import type { Search, SearchResult } from '../../src/retrieval/search.ts';
import { receiveEvents } from '../helpers/event-stream.ts';
import { createTestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';
import { createFakeChat } from './fake-chat.ts';
import { KEY, startTestApi, type Answer, type TestApi } from './harness.ts';

const FOUND: SearchResult = {
  ...{
    model: 'm',
    semantic: false,
    tookMs: 1,
    understood: [],
    relaxed: [],
    isCut: false,
    notice: null,
    hits: [],
  },
};
const AT_ONCE = 2;
const WAITING = 3;
const codeOf = ({ json }: Answer) => (json as { code?: string }).code;

/** Holds every search, and every answer of the chat, of the cabinets that it is told of until it is opened. */
function createGate() {
  const held = new Set<number>();
  let begun = 0;
  let opened = Promise.withResolvers<undefined>();
  return {
    held,
    get begun() {
      return begun;
    },
    async pass(cabinetId: number, signal?: AbortSignal) {
      if (!held.has(cabinetId)) return;
      begun += 1;
      const aborted = Promise.withResolvers<never>();
      signal?.addEventListener('abort', () => aborted.reject(signal.reason as Error));
      await Promise.race([opened.promise, aborted.promise]);
    },
    open() {
      held.clear();
      opened.resolve(undefined);
      opened = Promise.withResolvers();
      begun = 0;
    },
  };
}

describe('one key', () => {
  let api: TestApi;
  let release: () => Promise<void>;
  const gate = createGate();
  let greedy: { id: number; key: string };
  let modest: { id: number; key: string };

  before(async () => {
    const database = await createTestDatabase();
    const main = createDatabase({
      ...{ variable: 'DATABASE_URL', connectionString: database.connectionString, maxConnections: 4 },
      ...{ applicationName: 'one-key-test', log: silentLog() },
    });
    const search: Search = {
      async search({ cabinetId }, options) {
        await gate.pass(cabinetId, options?.signal);
        return FOUND;
      },
    };
    const conversations = createConversations({ main }, { dailyLimit: -1, timeZone: 'Europe/Moscow' });
    const chat = createFakeChat(conversations, async ({ request, signal }) => {
      await gate.pass(request.cabinetId, signal);
      return {};
    });
    api = await startTestApi({
      connectionString: database.connectionString,
      overrides: { search, chat, conversations },
      limits: { requestsAtOnce: AT_ONCE, requestsWaiting: WAITING, streamsAtOnce: 2, keyCheckMs: 20 },
    });
    release = async () => {
      await api.stop();
      await main.close();
      await database.drop();
    };
    [greedy, modest] = (await Promise.all(['Жадный', 'Скромный'].map(withKey))) as [
      typeof greedy,
      typeof modest,
    ];
  });
  after(() => release());

  async function withKey(name: string) {
    const id = await api.createCabinet(name);
    return { id, key: (await insertKey(api.main.pool, id, name)).key };
  }

  const ask = (who: { key: string }, method: string, path: string, body?: object) =>
    api.request(method, path, { body, headers: { 'x-api-key': who.key }, anonymous: true });
  const search = (who: { id: number; key: string }, cabinetId: number) =>
    ask(who, 'POST', '/v1/rag/search', { cabinet_id: cabinetId, query: '1 января '.repeat(440) });
  const send = (who: { id: number; key: string }, cabinetId: number) =>
    ask(who, 'POST', '/v1/chat/send', { cabinet_id: cabinetId, message: 'Сколько?' });

  it('has as much of its work done at once as is its share, some waits, and the rest is refused at once', async () => {
    const { id, key } = await withKey('Полный');
    gate.held.add(id);
    const all = Array.from({ length: 20 }, () => search({ id, key }, id));
    const refused: Answer[] = [];
    for (const answer of all)
      void answer.then((one) => {
        if (one.status === 503) refused.push(one);
      });
    // Those who wait hear nothing, the others hear at once.
    await until('the rest is refused', () => refused.length === 20 - AT_ONCE - WAITING);
    await until('as much as may is under way', () => gate.begun === AT_ONCE);
    for (const one of refused) {
      assert.equal(codeOf(one), 'key_busy');
      assert.ok(Number(one.headers.get('retry-after')) >= 1);
    }
    gate.open();
    const answers = await Promise.all(all);
    assert.equal(answers.filter(({ status }) => status === 200).length, AT_ONCE + WAITING);
  });

  it('holds up nobody else, and never /health', async () => {
    const { id, key } = await withKey('Ненасытный');
    gate.held.add(id);
    const all = [
      ...Array.from({ length: 100 }, () => search({ id, key }, id)),
      ...Array.from({ length: 40 }, () => send({ id, key }, id)),
    ];
    await until('its work is under way', () => gate.begun >= AT_ONCE + 4 * AT_ONCE);
    assert.equal((await search(modest, modest.id)).status, 200);
    assert.equal((await send(modest, modest.id)).status, 200);
    assert.equal((await ask(modest, 'GET', `/v1/rag/status/${modest.id}`)).status, 200);
    assert.equal((await api.request('GET', `/v1/rag/status/${id}`)).status, 200);
    assert.equal((await api.request('GET', '/health', { anonymous: true })).status, 200);
    gate.open();
    await Promise.all(all);
  });

  it('of the operator has a larger share, and an end to it', async () => {
    gate.held.add(greedy.id);
    const all = Array.from({ length: 100 }, () => search({ id: 0, key: KEY }, greedy.id));
    let refused = 0;
    for (const answer of all) void answer.then(({ status }) => (refused += Number(status === 503)));
    await until('the rest is refused', () => refused === 100 - 4 * (AT_ONCE + WAITING));
    await until('as much as may is under way', () => gate.begun === 4 * AT_ONCE);
    gate.open();
    await Promise.all(all);
  });

  it('has so many event streams, and room for another when one has ended', async (t) => {
    const { key } = await withKey('Зритель');
    const open = () => watch(t, key);
    const [first] = [await open(), await open()];
    assert.equal((await fetch(`${api.url}/v1/rag/events`, { headers: { 'x-api-key': key } })).status, 503);
    assert.equal((await watch(t, modest.key)).response.status, 200);
    first.close();
    await until('there is room', async () => {
      const stream = await receiveEvents(`${api.url}/v1/rag/events`, { 'x-api-key': key });
      stream.close();
      return stream.response.status === 200;
    });
  });

  async function watch(t: TestContext, key: string) {
    const stream = await receiveEvents(`${api.url}/v1/rag/events`, { 'x-api-key': key });
    t.after(() => stream.close());
    return stream;
  }

  it('that is revoked ends its event streams by itself, whoever revoked it, and nobody else’s', async (t) => {
    const { id, key, cabinetId } = await withKeyRow('Уволенный');
    const [own, other] = [await watch(t, key), await watch(t, modest.key)];
    assert.equal((await own.next()).event, 'listening');
    await revokeKey(api.main.pool, id, cabinetId);
    await own.ended;
    await other.next();
    assert.equal((await ask({ key }, 'GET', '/v1/rag/events')).status, 403);
    // One that goes with its cabinet is gone as well.
    const another = await withKeyRow('Закрытый');
    const stream = await watch(t, another.key);
    await api.main.pool.query('delete from wb_cabinets where id = $1', [another.cabinetId]);
    await stream.ended;
    const event = { type: 'sync_started', cabinetId: modest.id, data: {}, ageMs: 0 };
    await recordEvents(api.main.pool, { writerId: randomUUID(), number: 1, events: [event] });
    assert.equal((await other.next()).event, 'sync_started');
  });

  it('that is revoked ends an answer of the chat that is under way', async (t) => {
    const row = await withKeyRow('Болтун');
    gate.held.add(row.cabinetId);
    const question = { cabinet_id: row.cabinetId, message: 'Сколько?' };
    const stream = await receiveEvents(
      `${api.url}/v1/chat/send`,
      { 'x-api-key': row.key },
      { ...question, stream: true },
    );
    t.after(() => stream.close());
    assert.equal((await stream.next()).event, 'started');
    const whole = ask(row, 'POST', '/v1/chat/send', question);
    await until('both are under way', () => gate.begun >= 2);
    await revokeKey(api.main.pool, row.id, row.cabinetId);
    const { data } = await stream.until('error');
    assert.equal(data['code'], 'unauthorized');
    await stream.ended;
    assert.deepEqual([(await whole).status, codeOf(await whole)], [403, 'unauthorized']);
    gate.open();
  });

  async function withKeyRow(name: string) {
    return insertKey(api.main.pool, await api.createCabinet(name), name);
  }
});
