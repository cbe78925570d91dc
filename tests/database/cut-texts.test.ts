import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { createEmbeddersFrom } from '../../src/embedding/embedders.ts';
import { countFailures, listFailures } from '../../src/indexing/failures/list.ts';
import { retryFailure } from '../../src/indexing/failures/retry.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { silentLog } from '../../src/log.ts';
import { createSearch } from '../../src/retrieval/search.ts';
import type { ChangedIds } from '../../src/source-tables.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createIndexerHarness, type IndexerHarness } from './indexer-harness.ts';

const LIMIT_CHARS = 1_500;
const LONG = `${'Кроссовки отличные, подошва мягкая. '.repeat(100)}Напоследок: шнурок-бирюза.`;

let harness: IndexerHarness;
before(async () => {
  harness = await createIndexerHarness();
});
after(() => harness.close());
afterEach(() => harness.provider.respondTo(undefined));

const pool = () => harness.database.pool;
const databases = () => ({ main: harness.main, vector: harness.main });

function makeModelSmall(): void {
  harness.provider.respondTo((inputs) => {
    const given = Math.max(...inputs.map((input) => input.length));
    const message = `The text has ${given} characters, at most ${LIMIT_CHARS} are allowed.`;
    return given > LIMIT_CHARS ? { kind: 'status', status: 400, body: { error: { message } } } : undefined;
  });
}

const failuresOf = async (cabinetId: number) =>
  (await listFailures(databases(), { cabinetId, limit: 10 })).failures;

describe('a text that is longer than the model takes', () => {
  it('is embedded by its beginning, said to be, and found by the words at its end', async () => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'reviews', cabinetId, { text: LONG });
    makeModelSmall();
    await harness.run(cabinetId, { reviews: [id] });

    const [failure, ...others] = await failuresOf(cabinetId);
    assert.deepEqual([failure?.id, failure?.parked, others], [`row:${cabinetId}/wb_reviews/${id}`, true, []]);
    assert.match(
      failure!.reason,
      /^Only the first \d+ of \d+ characters are embedded, because .*1500.*whole text is found\.$/,
    );
    assert.equal((await countFailures(databases(), cabinetId)).row, 1);
    const search = createSearch({ vector: harness.main, embedders: createEmbeddersFrom(harness.embedder) });
    const { hits } = await search.search({ cabinetId, query: 'шнурок-бирюза', mode: 'text' });
    assert.equal(hits.length, 1);
    assert.match(hits[0]!.text, /шнурок-бирюза/);
    const byVector = await search.search({ cabinetId, query: 'кроссовки', mode: 'vector' });
    assert.equal(byVector.hits.length, 1);
  });

  it('is not embedded again by itself, and is no news when its vector is taken over', async () => {
    const [cabinetId, other] = [await insertCabinet(pool()), await insertCabinet(pool())];
    const values = { text: LONG, review_id: 'same', nm_id: 7 };
    const id = await insertRow(pool(), 'reviews', cabinetId, values);
    makeModelSmall();
    await harness.run(cabinetId, { reviews: [id] });
    const asked = harness.provider.requests.length;
    await harness.run(cabinetId);
    const created = await pool().query<{ at: string }>(
      'select created_date::text as at from wb_reviews where id = $1',
      [id],
    );
    const otherId = await insertRow(pool(), 'reviews', other, {
      ...values,
      created_date: created.rows[0]!.at,
    });
    await pool().query(
      'update wb_reviews r set created_at = o.created_at from wb_reviews o where r.id = $1 and o.id = $2',
      [otherId, id],
    );
    await harness.run(other, { reviews: [otherId] });
    assert.equal(harness.provider.requests.length, asked, 'nothing was sent');
    assert.equal((await failuresOf(other)).length, 1, 'said of the other one, too');
  });

  it('is forgotten with its row, and when its text becomes short', async () => {
    const cabinetId = await insertCabinet(pool());
    const ids = [
      await insertRow(pool(), 'reviews', cabinetId, { text: `${LONG} раз` }),
      await insertRow(pool(), 'reviews', cabinetId, { text: `${LONG} два` }),
    ];
    makeModelSmall();
    await harness.run(cabinetId, { reviews: ids });
    assert.equal((await failuresOf(cabinetId)).length, 2);
    await pool().query('delete from wb_reviews where id = $1', [ids[0]]);
    await pool().query(`update wb_reviews set text = 'коротко' where id = $1`, [ids[1]]);
    await harness.run(cabinetId, { reviews: ids });
    assert.deepEqual(await failuresOf(cabinetId), []);
    assert.equal((await countFailures(databases(), cabinetId)).row, 0);
  });

  it('is embedded as a whole when it is retried and the model takes it by then', async (t) => {
    const cabinetId = await insertCabinet(pool());
    const id = await insertRow(pool(), 'reviews', cabinetId, { text: `${LONG} снова` });
    makeModelSmall();
    await harness.run(cabinetId, { reviews: [id] });
    harness.provider.respondTo(undefined);
    const sent: ChangedIds[] = [];
    const log = silentLog();
    const { connectionString } = harness.database;
    const jobs = createJobs({ connectionString, maxConnections: 2, supervise: false, schedules: [], log });
    await jobs.start();
    t.after(() => jobs.stop(1_000));
    const [failure] = await failuresOf(cabinetId);
    const retried = await retryFailure(
      {
        ...{ ...databases(), jobs, log, trigger: 'request' },
        requestIndexing: (_cabinet, changedIds) => Promise.resolve(void sent.push(changedIds)),
      },
      failure!.id,
    );
    assert.deepEqual([retried.sent.row, sent], [1, [{ reviews: [id] }]]);
    // As another process, which has learnt of no limit.
    const before = harness.provider.requests.length;
    await harness.run(cabinetId, sent[0]);
    assert.ok(harness.provider.requests.length > before, 'it was embedded again');
  });
});
