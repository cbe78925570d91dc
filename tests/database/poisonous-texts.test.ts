import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { createEmbeddersFrom } from '../../src/embedding/embedders.ts';
import { listFailures } from '../../src/indexing/failures/list.ts';
import { createSearch } from '../../src/retrieval/search.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import type { FakeAnswer } from '../helpers/fake-openai.ts';
import { createIndexerHarness, readRecord, type IndexerHarness } from './indexer-harness.ts';

let harness: IndexerHarness;
before(async () => {
  harness = await createIndexerHarness();
});
after(() => harness.close());
afterEach(() => {
  harness.provider.respondTo(undefined);
  harness.provider.respondAlways(undefined);
});

const pool = () => harness.database.pool;
const POISON = 'ЯД';
const isPoisoned = (inputs: readonly string[]) => inputs.some((input) => input.includes(POISON));

const FAULTS: Record<string, FakeAnswer> = {
  'a 500': { kind: 'status', status: 500 },
  'a 504': { kind: 'status', status: 504 },
  'a cut connection': { kind: 'cut' },
  'an error with status 200': { kind: 'json', body: { error: { message: 'failed' } } },
  'a 429 that nothing ever grants': {
    kind: 'status',
    status: 429,
    body: { error: { message: 'Request too large on tokens per min: Limit 10, Requested 90.' } },
  },
};

describe('a text over which the provider fails each time', () => {
  for (const [name, fault] of Object.entries(FAULTS)) {
    it(`is parked with the reason, and holds up neither its cabinet nor another’s searches: ${name}`, async () => {
      const [cabinetId, other] = [await insertCabinet(pool()), await insertCabinet(pool())];
      const ids: number[] = [];
      for (let i = 0; i < 12; i += 1)
        ids.push(
          await insertRow(pool(), 'reviews', cabinetId, { text: i === 5 ? POISON : `отзыв ${name} ${i}` }),
        );
      const otherId = await insertRow(pool(), 'reviews', other, { text: `удобные кроссовки ${name}` });
      await harness.run(other, { reviews: [otherId] });
      const search = createSearch({
        vector: harness.main,
        embedders: createEmbeddersFrom(harness.embedder),
      });
      const searchOther = (i: number) => search.search({ cabinetId: other, query: `кроссовки ${name} ${i}` });

      harness.provider.respondTo((inputs) => (isPoisoned(inputs) ? fault : undefined));
      const [, ...found] = await Promise.all([
        harness.run(cabinetId, { reviews: ids }),
        ...Array.from({ length: 10 }, (_, i) => searchOther(i)),
      ]);

      for (const { hits, notice } of found) assert.deepEqual([hits.length, notice], [1, null]);
      assert.equal((await harness.chunks(cabinetId)).size, 11);
      const { status } = await readRecord(harness, cabinetId);
      assert.deepEqual([status['indexing_status'], status['last_error']], ['completed', null]);
      for (let i = 0; i < 2; i += 1) await harness.run(cabinetId);
      const { failures } = await listFailures(
        { main: harness.main, vector: harness.main },
        { cabinetId, limit: 9 },
      );
      assert.deepEqual(
        failures.map(({ sourceId, parked }) => [sourceId, parked]),
        [[String(ids[5]), true]],
      );
      assert.notEqual(failures[0]!.reason, '');
      const asked = harness.provider.requests.length;
      await harness.run(cabinetId);
      assert.equal(harness.provider.requests.length, asked, 'it is not sent again');
    });
  }

  it('is told from an outage, in which nothing is parked, however long it takes', async () => {
    const cabinetId = await insertCabinet(pool());
    const ids: number[] = [];
    for (let i = 0; i < 12; i += 1)
      ids.push(await insertRow(pool(), 'reviews', cabinetId, { text: `долго ${i}` }));
    for (const fault of Object.values(FAULTS).slice(0, 3)) {
      harness.provider.respondAlways(fault);
      for (let i = 0; i < 4; i += 1)
        await assert.rejects(harness.run(cabinetId, { reviews: ids }), { code: 'embedding_unavailable' });
    }
    harness.provider.respondAlways(undefined);
    const { rows } = await pool().query('select from rag_index_failures where cabinet_id = $1', [cabinetId]);
    assert.equal(rows.length, 0);
    await harness.run(cabinetId, { reviews: ids });
    assert.equal((await harness.chunks(cabinetId)).size, 12);
  });
});
