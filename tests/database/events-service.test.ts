import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { readEventsAfter, readLastEventId } from '../../src/activity/queries.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';

let database: TestDatabase;
let service: TestService;

before(async () => {
  database = await createTestDatabase();
  service = await startTestService({ databaseUrl: database.connectionString });
});

after(async () => {
  await service.stop();
  await database.drop();
});

it('indexing goes on while events cannot be written, and health says so', async () => {
  const { pool } = database;
  const from = await readLastEventId(pool);
  await pool.query('alter table rag_events rename to rag_events_away');
  const { rows } = await pool.query<{ id: number }>(
    `insert into wb_cabinets (name) values ('Магазин') returning id::float8 as id`,
  );
  await pool.query(
    `insert into wb_reviews (cabinet_id, review_id, text, rating)
     select $1, 'r' || n, 'Отзыв ' || n, 5 from generate_series(1, 30) as n`,
    [rows[0]!.id],
  );
  await until('all are searchable', async () => {
    const { rows: chunks } = await pool.query<{ n: number }>('select count(*)::int as n from rag_embeddings');
    return chunks[0]!.n === 30;
  });
  await until('health says so', () => service.app.health().status === 'degraded');
  const { events } = service.app.health() as unknown as { events: { status: string; detail: string } };
  assert.match(events.detail, /cannot write: .*rag_events/);
  await pool.query('alter table rag_events_away rename to rag_events');
  await pool.query(`insert into wb_reviews (cabinet_id, review_id, text) values ($1, 'last', 'Последний')`, [
    rows[0]!.id,
  ]);
  await until('events are written again', async () => {
    const kept = await readEventsAfter(pool, from, 1_000);
    return kept.some(({ type }) => type === 'dropped') && kept.at(-1)?.type === 'run_finished';
  });
  assert.equal(service.app.health().status, 'up');
});
