import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setImmediate as tick } from 'node:timers/promises';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { StoredEvent } from '../../src/activity/activity-event.ts';
import { createEventFeed, type Batch, type EventFeed } from '../../src/activity/feed.ts';
import { pruneEvents, readEventsAfter, readLastEventId, recordEvents } from '../../src/activity/queries.ts';
import { createEventRecorder } from '../../src/activity/recorder.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { isAppError } from '../../src/errors.ts';
import { createEvents } from '../../src/events.ts';
import { silentLog } from '../../src/log.ts';
import { createTestDatabase, nativeServerUrl, type TestDatabase } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

const never = new AbortController().signal;

describe('events for the live view', () => {
  let database: TestDatabase;
  let main: Database;
  const open: Database[] = [];

  /** What one process of the program has: a pool of its own. */
  function connect(connectionString = database.connectionString): Database {
    const connected = createDatabase({
      variable: 'DATABASE_URL',
      connectionString,
      maxConnections: 3,
      applicationName: 'events-test',
      log: silentLog(),
    });
    open.push(connected);
    return connected;
  }

  before(async () => {
    database = await createTestDatabase();
    main = connect();
  });

  beforeEach(() => database.pool.query('delete from rag_events'));

  after(async () => {
    await Promise.all(open.map((one) => one.close()));
    await database.drop();
  });

  const numbered = (writer: string, count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ type: 'sync_started', cabinetId: 1, ageMs: 0 },
      data: { run_id: from + i, trigger: writer },
    }));

  /** Reads a feed from a position on, as one client does that comes and goes. */
  async function follow(feed: EventFeed, from: number, count: number): Promise<StoredEvent[]> {
    const seen: StoredEvent[] = [];
    let position = from;
    for (let visit = 0; seen.length < count; visit += 1) {
      const stream = await feed.open(position, never).catch((error: unknown) => {
        // Its connection was cut just then: the client is answered 503 and comes again.
        assert.ok(isAppError(error) && error.retryable, String(error));
        return undefined;
      });
      if (stream === undefined) continue;
      for (let batches = 0; batches <= visit % 4 && seen.length < count; batches += 1) {
        const batch: Batch = await stream.next(60_000);
        if (batch.status !== 'events' || batch.gap !== undefined) assert.fail(JSON.stringify(batch));
        seen.push(...batch.events);
        position = batch.events.at(-1)!.id;
      }
      stream.close();
    }
    return seen;
  }

  function assertComplete(
    seen: readonly StoredEvent[],
    from: number,
    writers: readonly string[],
    each: number,
  ) {
    assert.deepEqual(
      seen.map(({ id }) => id),
      seen.map((_, i) => from + 1 + i),
      'ids without a gap, in their order',
    );
    for (const writer of writers) {
      const numbers = seen.filter(({ data }) => data['trigger'] === writer).map(({ data }) => data['run_id']);
      assert.deepEqual(
        numbers,
        Array.from({ length: each }, (_, i) => i),
        `of ${writer}: all, once, in order`,
      );
    }
  }

  it('ids become visible in their order: who follows them while several processes write misses none', async () => {
    const writers = Array.from({ length: 6 }, () => randomUUID());
    const [batches, size] = [40, 5];
    const from = await readLastEventId(main.pool);
    const done = new AbortController();
    const written = Promise.all(
      writers.map(async (writerId, place) => {
        const own = connect();
        for (let number = 1; number <= batches; number += 1) {
          const events = numbered(writerId, size, (number - 1) * size);
          const send = () => recordEvents(own.pool, { writerId, number, events });
          // The answer to some is lost, and they are sent again: afterwards, or while the first is still under way.
          if ((number + place) % 5 === 0) await Promise.all([send(), send()]);
          else await send();
          if ((number + place) % 7 === 0) await send();
        }
      }),
    ).finally(() => done.abort());
    const seen: StoredEvent[] = [];
    for (let last = false; !last;) {
      last = done.signal.aborted;
      const page = await readEventsAfter(main.pool, seen.at(-1)?.id ?? from, 17);
      seen.push(...page);
      if (page.length > 0) last = false;
      await tick();
    }
    await written;
    assertComplete(seen, from, writers, batches * size);
  });

  it('nothing is lost or repeated over reconnects, while recorders write and lose their connections', async (t) => {
    const writers = ['a', 'b', 'c', 'd'];
    const [rounds, burst] = [12, 25];
    const from = await readLastEventId(main.pool);
    const feed = createEventFeed({ main: connect(), log: silentLog() });
    t.after(() => feed.stop(1_000));
    const total = writers.length * rounds * burst;
    const followers = [0, 1, 2].map(() => follow(feed, from, total));
    await Promise.all(
      writers.map(async (writer) => {
        const events = createEvents();
        let recorded = Promise.withResolvers<undefined>();
        const onRecorded = () => recorded.resolve(undefined);
        const recorder = createEventRecorder({ main: connect(), events, log: silentLog(), onRecorded });
        await recorder.start();
        for (let round = 0; round < rounds; round += 1) {
          recorded = Promise.withResolvers();
          for (let i = 0; i < burst; i += 1)
            events.emit('syncStarted', { cabinetId: 1, runId: String(round * burst + i), trigger: writer });
          if (nativeServerUrl !== undefined && round % 3 === 1)
            await database.pool.query(
              `select pg_terminate_backend(pid) from pg_stat_activity
               where application_name = 'events-test' and datname = current_database()`,
            );
          await recorded.promise;
        }
        await recorder.stop(10_000);
      }),
    );
    for (const seen of await Promise.all(followers)) assertComplete(seen, from, writers, rounds * burst);
    assert.equal(feed.health()['open'], 0);
  });

  it('a recorder that is told to stop writes what it has, and one without a database does not wait for it', async () => {
    const from = await readLastEventId(main.pool);
    const events = createEvents();
    const recorder = createEventRecorder({ main, events, log: silentLog() });
    await recorder.start();
    for (let i = 0; i < 450; i += 1)
      events.emit('syncStarted', { cabinetId: 1, runId: String(i), trigger: 'stop' });
    await recorder.stop(30_000);
    events.emit('syncStarted', { cabinetId: 1, runId: '450', trigger: 'stop' });
    const seen = await readEventsAfter(main.pool, from, 1000);
    assertComplete(seen, from, ['stop'], 450);

    const nowhere = createEventRecorder({
      main: connect('postgres://127.0.0.1:1/x'),
      events,
      log: silentLog(),
    });
    await nowhere.start();
    events.emit('syncStarted', { cabinetId: 1, runId: '451', trigger: 'stop' });
    await until('it has noticed', () => nowhere.health().status === 'degraded');
    await nowhere.stop(60_000);
  });

  it('times are the server’s, however long an event had to wait', async () => {
    const from = await readLastEventId(main.pool);
    const event = { type: 'sync_started', cabinetId: null, data: {}, ageMs: 3_600_000 };
    await recordEvents(main.pool, { writerId: randomUUID(), number: 1, events: [event] });
    const { rows } = await main.pool.query<{ age: number }>(
      `select extract(epoch from clock_timestamp() - occurred_at)::float8 as age from rag_events where id = $1`,
      [from + 1],
    );
    assert.ok(rows[0]!.age >= 3600 && rows[0]!.age < 3900);
  });

  it('what cannot be written is counted, and said when writing works again', async () => {
    const from = await readLastEventId(main.pool);
    const events = createEvents();
    const own = connect();
    const recorder = createEventRecorder({ main: own, events, log: silentLog() }, { maxBuffered: 10 });
    await database.pool.query('alter table rag_events rename to rag_events_away');
    try {
      await recorder.start();
      for (let i = 0; i < 7; i += 1)
        events.emit('syncStarted', { cabinetId: 1, runId: String(i), trigger: 'lost' });
      await until('it has failed', () => recorder.health().status === 'degraded');
      // The buffer is bounded: of these, the newest stay.
      for (let i = 7; i < 30; i += 1)
        events.emit('syncStarted', { cabinetId: 1, runId: String(i), trigger: 'kept' });
    } finally {
      await database.pool.query('alter table rag_events_away rename to rag_events');
    }
    await until('it works again', async () => (await readLastEventId(main.pool)) > from);
    await recorder.stop(10_000);
    const [dropped, ...kept] = await readEventsAfter(main.pool, from, 100);
    assert.equal(dropped?.type, 'dropped');
    assert.deepEqual(dropped.data, { events: 20 });
    assert.deepEqual(
      kept.map(({ data }) => data['run_id']),
      Array.from({ length: 10 }, (_, i) => 20 + i),
    );
    assert.equal(recorder.health().status, 'up');
  });

  it(
    'a statement that the recorder gave up, and that the server did not, is written once',
    { skip: nativeServerUrl === undefined && 'the embedded one has no two statements at once' },
    async () => {
      const from = await readLastEventId(main.pool);
      const events = createEvents();
      const recorder = createEventRecorder({ main: connect(), events, log: silentLog() });
      const holder = await database.pool.connect();
      await holder.query('begin');
      await holder.query('lock table rag_events in access exclusive mode');
      await recorder.start();
      events.emit('syncStarted', { cabinetId: 1, runId: '0', trigger: 'once' });
      await until('its statement has timed out and is sent again', async () => {
        const { rows } = await database.pool.query<{ waiting: number }>(
          `select count(*)::int as waiting from pg_stat_activity
           where wait_event_type = 'Lock' and datname = current_database() and query like '%rag_event_counter%'`,
        );
        return rows[0]!.waiting >= 2;
      });
      await holder.query('commit');
      holder.release();
      events.emit('syncStarted', { cabinetId: 1, runId: '1', trigger: 'once' });
      await until('both are there', async () => (await readLastEventId(main.pool)) >= from + 2);
      await recorder.stop(10_000);
      assertComplete(await readEventsAfter(main.pool, from, 100), from, ['once'], 2);
    },
  );

  it('old events are deleted from the front, by number and by age', async () => {
    const writerId = randomUUID();
    const from = await readLastEventId(main.pool);
    const aged = [100, 5, 100, 5, 5].map((hours) => ({
      ...{ type: 'sync_started', cabinetId: 1, data: {} },
      ageMs: hours * 3_600_000,
    }));
    await recordEvents(main.pool, { writerId, number: 1, events: aged });
    const left = async () => (await readEventsAfter(main.pool, from, 100)).map(({ id }) => id - from);
    await pruneEvents(main.pool, 1_000, 24 * 3600);
    assert.deepEqual(await left(), [2, 3, 4, 5], 'an old one behind a young one stays: no gap inside');
    await pruneEvents(main.pool, 2, 24 * 3600);
    assert.deepEqual(await left(), [4, 5]);
    await pruneEvents(main.pool, 2, 3600);
    assert.deepEqual(await left(), []);
    await recordEvents(main.pool, { writerId, number: 2, events: numbered('new', 1) });
    await pruneEvents(main.pool, 1_000, 3600);
    assert.deepEqual(await left(), [6]);
  });

  it('a recorder keeps the table short by itself', async () => {
    const events = createEvents();
    const recorder = createEventRecorder({ main, events, log: silentLog() }, { keepEvents: 100 });
    await recorder.start();
    const countRows = async () => {
      const { rows } = await database.pool.query<{ n: number }>('select count(*)::int as n from rag_events');
      return rows[0]!.n;
    };
    for (let i = 0; i < 2_000; i += 1)
      events.emit('syncStarted', { cabinetId: 1, runId: String(i), trigger: 'many' });
    await until('all are written and the old ones deleted', async () => (await countRows()) === 100);
    await recorder.stop(10_000);
  });
});
