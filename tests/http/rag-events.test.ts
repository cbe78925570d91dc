import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { createEventFeed, type EventFeed, type EventStream } from '../../src/activity/feed.ts';
import { readLastEventId, recordEvents } from '../../src/activity/queries.ts';
import { createDatabase } from '../../src/database/pool.ts';
import { silentLog } from '../../src/log.ts';
import { receiveEvents } from '../helpers/event-stream.ts';
import { createTestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';
import { fieldsOf, KEY, startTestApi, type TestApi } from './harness.ts';

describe('GET /v1/rag/events', () => {
  let api: TestApi;
  let feed: EventFeed;
  let streams: EventStream[] = [];
  let cabinetId: number;
  let otherId: number;
  let release: () => Promise<void>;

  before(async () => {
    const database = await createTestDatabase();
    const main = createDatabase({
      ...{ variable: 'DATABASE_URL', connectionString: database.connectionString, maxConnections: 3 },
      ...{ applicationName: 'events-http-test', log: silentLog() },
    });
    feed = createEventFeed({ main, log: silentLog() }, { maxStreams: 4 });
    api = await startTestApi({
      connectionString: database.connectionString,
      overrides: {
        feed: {
          async open(...asked) {
            const stream = await feed.open(...asked);
            streams.push(stream);
            return stream;
          },
        },
      },
    });
    cabinetId = await api.createCabinet();
    otherId = await api.createCabinet('Другой');
    release = async () => {
      await feed.stop(1_000);
      await api.stop();
      await main.close();
      await database.drop();
    };
  });

  after(() => release());

  beforeEach(async () => {
    await until('no stream is open', () => feed.health()['open'] === 0);
    streams = [];
  });

  async function record(...events: { type?: string; cabinetId?: number | null; data?: object }[]) {
    const batch = events.map(({ type = 'sync_started', cabinetId: of = cabinetId, data = {} }) => ({
      ...{ type, cabinetId: of, data, ageMs: 0 },
    }));
    await recordEvents(api.main.pool, { writerId: randomUUID(), number: 1, events: batch });
    return readLastEventId(api.main.pool);
  }

  async function open(t: TestContext, query = '', headers: Record<string, string> = {}) {
    const stream = await receiveEvents(`${api.ragUrl}/v1/rag/events${query}`, {
      'x-api-key': KEY,
      ...headers,
    });
    t.after(() => stream.close());
    assert.equal(stream.response.status, 200);
    return stream;
  }

  it('sends what happens from now on, with its id, type and JSON', async (t) => {
    const before = await record({ data: { run_id: 1 } });
    const stream = await open(t);
    assert.equal(stream.response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(stream.response.headers.get('cache-control'), 'no-store');
    assert.deepEqual(await stream.next(), {
      ...{ id: before, event: 'listening', data: { type: 'listening', after: before } },
    });
    await record({ type: 'run_finished', data: { job_id: 'j', chunks_new: 1 } });
    const { id, event, data } = await stream.next();
    assert.deepEqual([id, event], [before + 1, 'run_finished']);
    const { occurred_at: occurredAt, ...said } = data;
    assert.match(String(occurredAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const expected = { id, type: 'run_finished', cabinet_id: cabinetId, job_id: 'j', chunks_new: 1 };
    assert.deepEqual(said, expected);
  });

  it('goes on after Last-Event-ID, or after=; the header wins', async (t) => {
    const first = await record({}, {}, {});
    const byHeader = await open(t, '', { 'last-event-id': String(first - 2) });
    assert.equal((await byHeader.next()).id, first - 2);
    assert.deepEqual([(await byHeader.next()).id, (await byHeader.next()).id], [first - 1, first]);
    const byQuery = await open(t, `?after=${first - 1}`);
    await byQuery.next();
    assert.equal((await byQuery.next()).id, first);
    const byBoth = await open(t, `?after=${first - 2}`, { 'last-event-id': String(first - 1) });
    await byBoth.next();
    assert.equal((await byBoth.next()).id, first);
    // The ends of all three are the same one that still happens.
    const last = await record({});
    for (const stream of [byHeader, byQuery, byBoth]) assert.equal((await stream.next()).id, last);
  });

  it('goes back further than what is in memory', async (t) => {
    const from = await readLastEventId(api.main.pool);
    for (let i = 0; i < 7; i += 1)
      await record(...Array.from({ length: 200 }, (_, of) => ({ data: { run_id: i * 200 + of } })));
    const stream = await open(t, `?after=${from}`);
    await stream.next();
    for (let i = 0; i < 1_400; i += 1) {
      const { id, data } = await stream.next();
      assert.deepEqual([id, data['run_id']], [from + 1 + i, i]);
    }
  });

  it('sends of one cabinet, and of some types, only what was asked for, and what is missing always', async (t) => {
    const of = await open(t, `?cabinet_id=${cabinetId}&types=job_started,run_finished`);
    await record(
      { type: 'job_started', cabinetId: otherId },
      { type: 'job_created' },
      { type: 'job_started' },
      { type: 'dropped', cabinetId: null, data: { events: 3 } },
      { type: 'run_finished', cabinetId: null },
      { type: 'run_finished' },
    );
    const received = [await of.next(), await of.next(), await of.next(), await of.next()];
    assert.deepEqual(
      received.map(({ event }) => event),
      ['listening', 'job_started', 'dropped', 'run_finished'],
    );
    assert.deepEqual(
      received.slice(1).map(({ data }) => data['cabinet_id']),
      [cabinetId, null, cabinetId],
    );
  });

  for (const [query, headers, field] of [
    ['?after=x', {}, 'after'],
    ['?after=-1', {}, 'after'],
    ['?cabinet_id=0', {}, 'cabinet_id'],
    ['?types=job_started,nonsense', {}, 'types'],
    ['?typo=1', {}, 'typo'],
    ['', { 'last-event-id': '12x' }, 'last-event-id'],
    ['', { 'last-event-id': '99999999999999999999' }, 'last-event-id'],
  ] as const) {
    it(`refuses ${query}${JSON.stringify(headers)}`, async () => {
      const answer = await api.request('GET', `/v1/rag/events${query}`, { headers });
      assert.equal(answer.status, 422);
      assert.deepEqual(fieldsOf(answer), [field]);
      assert.equal(feed.health()['open'], 0);
    });
  }

  it('refuses a cabinet that is not there, and a request without the key', async () => {
    assert.equal((await api.request('GET', '/v1/rag/events?cabinet_id=987654')).status, 404);
    assert.equal((await api.request('GET', '/v1/rag/events', { anonymous: true })).status, 403);
  });

  it('says that events were deleted, and goes on with those that are kept', async (t) => {
    const last = await record({}, {}, {});
    await api.main.pool.query('delete from rag_events where id < $1', [last]);
    const stream = await open(t, '?types=run_finished', { 'last-event-id': String(last - 3) });
    await stream.next();
    const { id, data } = await stream.until('gap');
    assert.equal(id, last - 1);
    const gap = { type: 'gap', after: last - 3, resumed_after: last - 1, reason: 'deleted' };
    assert.deepEqual(data, gap);
    // Resumed from there, it is no news any more.
    const again = await open(t, '', { 'last-event-id': String(id) });
    await again.next();
    assert.deepEqual([(await again.next()).id], [last]);

    await api.main.pool.query('delete from rag_events');
    const none = await open(t, '', { 'last-event-id': String(last - 3) });
    assert.equal((await none.until('gap')).id, last);
  });

  it('says that it does not know an id, and when the database was put back to an earlier one', async (t) => {
    const last = await record({});
    const ahead = await open(t, '', { 'last-event-id': String(last + 1_000) });
    assert.deepEqual((await ahead.until('gap')).data, {
      ...{ type: 'gap', after: last + 1_000, resumed_after: last, reason: 'unknown_id' },
    });
    await api.main.pool.query('delete from rag_events where id > $1', [last - 1]);
    await api.main.pool.query('update rag_event_counter set last_id = $1', [last - 1]);
    assert.deepEqual((await ahead.until('gap')).data, {
      ...{ type: 'gap', after: last, resumed_after: last - 1, reason: 'unknown_id' },
    });
    await record({});
    assert.equal((await ahead.until('sync_started')).id, last);
  });

  it('frees everything when the client hangs up', async (t) => {
    const stream = await open(t);
    await stream.next();
    assert.equal(feed.health()['open'], 1);
    stream.close();
    await until('the stream is closed', () => feed.health()['open'] === 0);
    assert.deepEqual(await streams[0]!.next(1_000), { status: 'ended' });
  });

  it('frees everything when the client was gone before the first byte', async () => {
    const { hostname, port } = new URL(api.ragUrl);
    const before = api.log.filter(isOfStream).length;
    for (let i = 0; i < 20; i += 1) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(`GET /v1/rag/events HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEY}\r\n\r\n`, () =>
        socket.destroy(),
      );
      await once(socket, 'close');
    }
    // All of them were heard, also those that found no place.
    await until('all have been logged', () => api.log.filter(isOfStream).length === before + 20);
    await until('no stream is left', () => feed.health()['open'] === 0);
  });

  const isOfStream = (line: string) =>
    line.includes('"msg":"HTTP request"') && line.includes('/v1/rag/events');

  it('answers HEAD without opening a stream', async () => {
    const answer = await api.request('HEAD', '/v1/rag/events');
    assert.equal(answer.status, 200);
    assert.equal(streams.length, 0);
  });

  it('serves so many streams and no more, and says when to try again', async (t) => {
    const all = [await open(t), await open(t), await open(t), await open(t)];
    const refused = await api.request('GET', '/v1/rag/events');
    assert.equal(refused.status, 503);
    assert.equal((refused.json as { code: string }).code, 'too_many_streams');
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    all[0]!.close();
    await until('a place is free', () => feed.health()['open'] === 3);
    await open(t);
  });

  it('reads no more than a slow reader takes, and loses nothing of it', async (t) => {
    const from = await readLastEventId(api.main.pool);
    const count = 6_000;
    await api.main.pool.query(
      `insert into rag_events (id, cabinet_id, type, data, occurred_at)
       select $1::bigint + n, $3, 'run_finished', jsonb_build_object('job_id', repeat('x', 4000)), now()
       from generate_series(1, $2::int) as n`,
      [from, count, cabinetId],
    );
    await api.main.pool.query('update rag_event_counter set last_id = $1', [from + count]);
    const { socket } = await request(t, `/v1/rag/events?after=${from}`);
    // It reads as far as the buffers of the two ends hold, then waits for the reader: 24 MB are more than these.
    let position = from;
    let same = 0;
    await until('the server waits for the reader', () => {
      const now = streams[0]?.position ?? from;
      same = now > from && now === position ? same + 1 : 0;
      position = now;
      return same > 100;
    });
    assert.ok(position < from + count, `${position - from} of ${count} were read for nobody`);
    let next = from + 1;
    let rest = '';
    for await (const chunk of socket as AsyncIterable<string>) {
      rest += chunk;
      for (const [, id] of rest.matchAll(/\bid: (\d+)\nevent: run_finished\n/g)) {
        assert.equal(Number(id), next);
        next += 1;
      }
      rest = rest.slice(Math.max(rest.lastIndexOf('event: run_finished\n') + 1, 0)).slice(-5_000);
      if (next > from + count) break;
    }
    assert.equal(next, from + count + 1);
  });

  /** A request whose answer nobody reads for now. */
  async function request(t: TestContext, path: string): Promise<{ socket: Socket }> {
    const { hostname, port } = new URL(api.ragUrl);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEY}\r\n\r\n`);
    await until('it is answered', () => streams.length > 0);
    return { socket };
  }
});

describe('when the service stops', () => {
  it('streams end at once, also one that nobody reads', async () => {
    const api = await startTestApi();
    const url = `${api.url}/v1/rag/events`;
    const read = await receiveEvents(url, { 'x-api-key': KEY });
    await read.next();
    await api.main.pool.query(
      `insert into rag_events (id, type, data, occurred_at)
       select n, 'run_finished', jsonb_build_object('job_id', repeat('x', 4000)), now() from generate_series(1, 6000) as n`,
    );
    await api.main.pool.query('update rag_event_counter set last_id = 6000');
    const { hostname, port } = new URL(api.url);
    const unread = connect(Number(port), hostname);
    await once(unread, 'connect');
    unread.pause();
    unread.on('error', () => undefined);
    unread.write(`GET /v1/rag/events?after=0 HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEY}\r\n\r\n`);
    await until(
      'both are answered',
      () => api.log.filter((line) => line.includes('/v1/rag/events')).length === 2,
    );

    const startedAt = performance.now();
    await api.stop(120_000);
    assert.ok(performance.now() - startedAt < 60_000);
    await read.ended;
    unread.destroy();
  });
});
