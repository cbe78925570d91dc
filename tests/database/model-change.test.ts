import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type pg from 'pg';
import type { Database } from '../../src/database/pool.ts';
import { createEmbeddersFrom, type Embedders } from '../../src/embedding/embedders.ts';
import { createLocalEmbedder, LOCAL_MODEL } from '../../src/embedding/local-embedder.ts';
import type { Indexer } from '../../src/indexing/indexer.ts';
import {
  deleteOtherVectors,
  lacksVectors,
  readModelStates,
  type CabinetModelState,
} from '../../src/indexing/models.ts';
import { followChanges, unifyTexts } from '../../src/indexing/rebuild/follow-changes.ts';
import { readOpenRebuild, readRebuild } from '../../src/indexing/rebuild/queries.ts';
import { reembedTarget, requestRebuild } from '../../src/indexing/rebuild/request-rebuild.ts';
import { rollBackModel } from '../../src/indexing/rebuild/rollback.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { silentLog } from '../../src/log.ts';
import { createSearch } from '../../src/retrieval/search.ts';
import type { ChangedIds } from '../../src/source-tables.ts';
import { emptyDatabase, insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { assertIndexFollowsData } from '../helpers/oracle.ts';
import { assembleIndexing, MODEL, TEXTS_VERSION } from './indexer-harness.ts';
import { createRebuildHarness, type RebuildHarness } from './rebuild-harness.ts';

let harness: RebuildHarness;
let jobs: Jobs;
/** A process with both models, whose configuration asks for the provider's. */
let both: Embedders;
let indexer: Indexer;
const local = createLocalEmbedder();

before(async () => {
  harness = await createRebuildHarness({
    batchSize: 2,
    concurrency: 1,
    embedders: (configured) => createEmbeddersFrom(configured, onlyLocal),
  });
  both = createEmbeddersFrom(harness.embedder, onlyLocal);
  indexer = createIndexerWith(both);
  jobs = createJobs({
    connectionString: harness.database.connectionString,
    maxConnections: 2,
    supervise: false,
    schedules: [],
    log: silentLog(),
  });
  await jobs.start();
});
after(async () => {
  await jobs.stop(2_000);
  await harness.close();
});
beforeEach(async () => {
  await emptyDatabase(pool());
  await pool().query(
    'truncate rag_metadata, rag_embeddings, rag_index_status, rag_index_runs, rag_index_failures, rag_rebuilds',
  );
});
afterEach(() => {
  harness.provider.rejectInputs(undefined);
});

const pool = () => harness.database.pool;
const onlyLocal = (name: string) => (name === LOCAL_MODEL ? local : undefined);
const deps = () => ({ main: harness.main, vector: harness.main, jobs, log: silentLog() });
const intent = (configuredModel: string) => ({ configuredModel, textsVersion: TEXTS_VERSION });

function createIndexerWith(embedders: Embedders, textsVersion = TEXTS_VERSION): Indexer {
  const { main, events } = harness;
  const deps = { main, vector: main, embedders, events, log: silentLog() };
  return assembleIndexing(deps, { batchSize: 100, concurrency: 1, textsVersion }).indexer;
}

const index = (by: Indexer, cabinetId: number, changedIds?: ChangedIds) =>
  by.run({ cabinetId, jobId: 'job', changedIds, signal: new AbortController().signal });

/** A cabinet with reviews, indexed by the local model. */
async function localCabinet(texts: readonly string[]): Promise<{ cabinetId: number; ids: number[] }> {
  const cabinetId = await insertCabinet(pool());
  const ids: number[] = [];
  for (const text of texts) ids.push(await insertRow(pool(), 'reviews', cabinetId, { text }));
  await index(createIndexerWith(createEmbeddersFrom(local)), cabinetId);
  return { cabinetId, ids };
}

async function stateOf(cabinetId: number): Promise<CabinetModelState> {
  return (await readModelStates(pool(), cabinetId))[0]!;
}

async function search(cabinetId: number, query: string, embedders = both) {
  const { hits, model } = await createSearch({ vector: harness.main, embedders }).search({
    cabinetId,
    query,
    limit: 100,
  });
  return { model, ids: hits.map((hit) => hit.sourceId) };
}

const assertRight = (model: string) => assertIndexFollowsData(pool(), pool(), { windowDays: 90, model });

const modelsOf = async (cabinetId: number) => {
  const { rows } = await pool().query<{ model: string }>(
    'select distinct model from rag_embeddings where cabinet_id = $1 order by model',
    [cabinetId],
  );
  return rows.map(({ model }) => model);
};

describe('a change of the embedding model', () => {
  it('leaves searches with the old vectors until the new ones are complete, then switches at once', async () => {
    const { cabinetId, ids } = await localCabinet(['Молния сломалась', 'Тёплая шапка', 'Мал размер', 'Ок']);
    let slices = 0;
    await harness.rebuild(cabinetId, {
      model: MODEL,
      async between() {
        slices += 1;
        const found = await search(cabinetId, 'сломалась молния');
        assert.equal(found.model, LOCAL_MODEL);
        assert.deepEqual(found.ids.toSorted(), ids.toSorted(), 'and no row is missing meanwhile');
      },
    });
    assert.ok(slices >= 1, 'there was a time in between');
    const found = await search(cabinetId, 'сломалась молния');
    assert.equal(found.model, MODEL);
    assert.deepEqual(found.ids.toSorted(), ids.toSorted());
    const { searchModel, nextModel, previousModel } = await stateOf(cabinetId);
    assert.deepEqual([searchModel, nextModel, previousModel], [MODEL, null, LOCAL_MODEL]);
    await assertRight(MODEL);
  });

  it('embeds a row that changes meanwhile by both models, so that it is found as it is now, before and after', async () => {
    const { cabinetId, ids } = await localCabinet(['Первый', 'Второй', 'Третий', 'Четвёртый', 'Пятый']);
    let changed = false;
    await harness.rebuild(cabinetId, {
      model: MODEL,
      async between() {
        if (changed) return;
        changed = true;
        await pool().query(`update wb_reviews set text = 'Замок заедает' where id = $1`, [ids[0]]);
        const added = await insertRow(pool(), 'reviews', cabinetId, { text: 'Замок тугой' });
        await pool().query('delete from wb_reviews where id = $1', [ids[4]]);
        await index(indexer, cabinetId, { reviews: [ids[0]!, ids[4]!, added] });
        const found = await search(cabinetId, 'замок заедает');
        assert.equal(found.model, LOCAL_MODEL);
        assert.equal(found.ids[0], ids[0]);
        assert.ok(found.ids.includes(added) && !found.ids.includes(ids[4]!));
      },
    });
    assert.ok(changed);
    assert.equal((await search(cabinetId, 'замок')).model, MODEL);
    await assertRight(MODEL);
  });

  it('keeps a chunk whose text the new model refuses until the switch, and says then why it is gone', async () => {
    const { cabinetId, ids } = await localCabinet(['Обычный', 'Запретный текст', 'Ещё один']);
    harness.provider.rejectInputs((input) => input.includes('Запретный'));
    await harness.rebuild(cabinetId, {
      model: MODEL,
      async between() {
        assert.equal((await search(cabinetId, 'запретный текст')).ids[0], ids[1]);
      },
    });
    const found = await search(cabinetId, 'запретный текст');
    assert.equal(found.model, MODEL);
    assert.ok(!found.ids.includes(ids[1]!));
    const { rows } = await pool().query('select source_id::int as id, model from rag_index_failures');
    assert.deepEqual(rows, [{ id: ids[1], model: MODEL }]);
    const refuses = (text: string) => text.includes('Запретный');
    await assertIndexFollowsData(pool(), pool(), { windowDays: 90, model: MODEL, refuses });
  });

  it('takes up what only the model before refused', async () => {
    const cabinetId = await insertCabinet(pool());
    for (const text of ['Обычный', 'Запретный']) await insertRow(pool(), 'reviews', cabinetId, { text });
    harness.provider.rejectInputs((input) => input.includes('Запретный'));
    for (let i = 0; i < 3; i += 1) await index(indexer, cabinetId);
    const rebuild = await harness.rebuild(cabinetId, { model: LOCAL_MODEL });
    assert.equal(rebuild.status, 'completed');
    assert.equal((await stateOf(cabinetId)).searchModel, LOCAL_MODEL);
    await assertRight(LOCAL_MODEL);
    const { rows } = await pool().query('select from rag_index_failures');
    assert.equal(rows.length, 0);
  });

  it('leaves a text alone that both models refuse, as one that one refuses', async () => {
    const { cabinetId, ids } = await localCabinet(['Обычный']);
    await harness.rebuild(cabinetId, { model: MODEL });
    const bad = await insertRow(pool(), 'reviews', cabinetId, { text: 'Запретный' });
    harness.provider.rejectInputs((input) => input.includes('Запретный'));
    await pool().query('update rag_index_status set next_model = $1', [`${MODEL}#2`]);
    for (let i = 0; i < 3; i += 1) await index(indexer, cabinetId, { reviews: [ids[0]!, bad] });
    const asked = harness.provider.requests.length;
    await index(indexer, cabinetId, { reviews: [ids[0]!, bad] });
    assert.equal(harness.provider.requests.length, asked);
    const { rows } = await pool().query('select model, attempts::int from rag_index_failures');
    assert.deepEqual(rows, [{ model: MODEL, attempts: 3 }]);
  });

  it('is begun by a process whose configuration asks for it, once, and given up when it does not any more', async () => {
    const { cabinetId } = await localCabinet(['Один']);
    await followChanges(deps(), intent(LOCAL_MODEL));
    assert.equal(await readOpenRebuild(pool(), cabinetId), undefined, 'nothing to do');
    await followChanges(deps(), intent(MODEL));
    await followChanges(deps(), intent(MODEL));
    const open = (await readOpenRebuild(pool(), cabinetId))!;
    assert.deepEqual([open.trigger, open.model], ['model', MODEL]);
    const { rows } = await pool().query(`select from pgboss.job where data -> 'rebuild' ->> 'id' = $1`, [
      open.id,
    ]);
    assert.equal(rows.length, 1, 'it has one job');

    // Begun, then the configuration is taken back.
    await index(indexer, cabinetId, {});
    await pool().query('update rag_index_status set next_model = $1', [MODEL]);
    await followChanges(deps(), intent(LOCAL_MODEL));
    assert.equal((await stateOf(cabinetId)).nextModel, null);
  });
});

describe('going back to the previous model', () => {
  async function changed(): Promise<{ cabinetId: number; ids: number[] }> {
    const cabinet = await localCabinet(['Раз', 'Два', 'Три']);
    await harness.rebuild(cabinet.cabinetId, { model: MODEL });
    return cabinet;
  }

  it('embeds only what changed since, and is not undone by the configuration', async () => {
    const { cabinetId, ids } = await changed();
    await pool().query(`update wb_reviews set text = 'Новый' where id = $1`, [ids[0]]);
    await index(indexer, cabinetId, { reviews: [ids[0]!] });
    const rollback = await rollBackModel(deps(), cabinetId);
    assert.equal(rollback.status, 'requested');
    const vectors = async () =>
      (
        await pool().query<{ id: string; created: Date }>(
          'select metadata_id as id, created_at as created from rag_embeddings where model = $1 order by metadata_id',
          [LOCAL_MODEL],
        )
      ).rows;
    const before = await vectors();
    await finishOpenRebuild(cabinetId);
    const { searchModel, previousModel } = await stateOf(cabinetId);
    assert.deepEqual([searchModel, previousModel], [LOCAL_MODEL, MODEL]);
    await assertRight(LOCAL_MODEL);
    assert.deepEqual(
      await rollBackModel(deps(), cabinetId),
      { status: 'done', model: LOCAL_MODEL, refused: MODEL },
      'a second time changes nothing',
    );
    const kept = (await vectors()).filter((row, place) => +row.created === +before[place]!.created);
    assert.equal(kept.length, 2, 'two of three vectors were there already');

    await followChanges(deps(), intent(MODEL));
    assert.equal(
      await readOpenRebuild(pool(), cabinetId),
      undefined,
      'the configuration alone does not undo it',
    );
    const target = await reembedTarget(deps(), cabinetId, MODEL);
    assert.equal(target, MODEL);
    await requestRebuild(deps(), cabinetId, { trigger: 'command', model: target });
    await finishOpenRebuild(cabinetId);
    const again = await stateOf(cabinetId);
    assert.deepEqual([again.searchModel, again.rolledBackFrom], [MODEL, null], 'a person does');
  });

  it('during a change gives the change up', async () => {
    const { cabinetId } = await localCabinet(['Раз', 'Два', 'Три', 'Четыре', 'Пять']);
    await harness.rebuild(cabinetId, { model: MODEL, slices: 1 });
    const rollback = await rollBackModel(deps(), cabinetId);
    assert.deepEqual(rollback, { status: 'cancelled', model: LOCAL_MODEL, refused: MODEL });
    await finishOpenRebuild(cabinetId);
    const { searchModel, nextModel } = await stateOf(cabinetId);
    assert.deepEqual([searchModel, nextModel], [LOCAL_MODEL, null]);
    await followChanges(deps(), intent(MODEL));
    assert.equal(await readOpenRebuild(pool(), cabinetId), undefined);
  });

  it('before a change has begun gives it up, and so does a configuration that is taken back', async () => {
    const { cabinetId } = await localCabinet(['Раз']);
    await requestRebuild(deps(), cabinetId, { trigger: 'command', model: MODEL });
    assert.equal((await rollBackModel(deps(), cabinetId)).status, 'cancelled');
    await finishOpenRebuild(cabinetId);
    assert.equal((await stateOf(cabinetId)).searchModel, LOCAL_MODEL);
    await requestRebuild(deps(), cabinetId, { trigger: 'model', model: MODEL });
    await followChanges(deps(), intent(LOCAL_MODEL));
    await finishOpenRebuild(cabinetId);
    assert.equal((await stateOf(cabinetId)).searchModel, LOCAL_MODEL);
  });

  it('goes back from a change that is completed in the very moment', async () => {
    const { cabinetId } = await localCabinet(['Раз']);
    await requestRebuild(deps(), cabinetId, { trigger: 'command', model: MODEL });
    let read = false;
    const rollback = await rollBackModel(
      { ...deps(), vector: completing(cabinetId, () => (read = true)) },
      cabinetId,
    );
    assert.ok(read);
    assert.equal(rollback.status, 'requested');
    await finishOpenRebuild(cabinetId);
    const { searchModel, rolledBackFrom } = await stateOf(cabinetId);
    assert.deepEqual([searchModel, rolledBackFrom], [LOCAL_MODEL, MODEL]);
  });

  it('is refused when there is no previous model, and after its vectors are gone', async () => {
    const fresh = await localCabinet(['Раз']);
    assert.deepEqual(await rollBackModel(deps(), fresh.cabinetId), { status: 'impossible' });
    const { cabinetId } = await changed();
    await pool().query(`update rag_index_status set switched_at = now() - interval '31 days'`);
    await harness.rebuild(cabinetId);
    assert.deepEqual(await modelsOf(cabinetId), [MODEL], 'the old vectors are deleted after a month');
    assert.deepEqual(await rollBackModel(deps(), cabinetId), { status: 'impossible' });
  });
});

describe('embedding everything anew', () => {
  it('by the same model makes every vector once more, and switches when all are there', async () => {
    const cabinetId = await insertCabinet(pool());
    for (const text of ['Один', 'Два', 'Три']) await insertRow(pool(), 'reviews', cabinetId, { text });
    await index(indexer, cabinetId);
    const target = await reembedTarget(deps(), cabinetId, MODEL);
    assert.equal(target, `${MODEL}#2`);
    const asked = harness.provider.embeddedTexts.length;
    await harness.rebuild(cabinetId, { model: target });
    assert.equal(harness.provider.embeddedTexts.length - asked, 3, 'each text, and each once');
    assert.equal(harness.provider.requests.at(-1)?.body['model'], MODEL, 'the provider knows no generations');
    assert.equal((await search(cabinetId, 'Два')).model, `${MODEL}#2`);
    await assertRight(`${MODEL}#2`);
    await followChanges(deps(), intent(MODEL));
    assert.equal(await readOpenRebuild(pool(), cabinetId), undefined, 'it is the configured model');
    await harness.rebuild(cabinetId, { model: `${MODEL}#3` });
    assert.deepEqual(await modelsOf(cabinetId), [`${MODEL}#2`, `${MODEL}#3`], 'the oldest vectors go');
    await rollBackModel(deps(), cabinetId);
    await finishOpenRebuild(cabinetId);
    assert.equal((await stateOf(cabinetId)).searchModel, `${MODEL}#2`);
    assert.equal(await reembedTarget(deps(), cabinetId, MODEL), `${MODEL}#4`, 'not those gone back from');
  });

  it('asked for while a rebuild is under way takes that one back to the first row', async () => {
    const { cabinetId } = await localCabinet(['Раз', 'Два', 'Три', 'Четыре', 'Пять']);
    const first = await requestRebuild(deps(), cabinetId, { trigger: 'request' });
    const second = await requestRebuild(deps(), cabinetId, { trigger: 'command', model: MODEL });
    assert.ok(second.joined && !first.joined);
    assert.equal(second.rebuild.id, first.rebuild.id);
    assert.deepEqual([second.rebuild.model, second.rebuild.slice], [MODEL, first.rebuild.slice + 1]);
    assert.deepEqual(await harness.runSlice(first.rebuild), { status: 'superseded' });
    await finishOpenRebuild(cabinetId);
    assert.equal((await stateOf(cabinetId)).searchModel, MODEL);
  });
});

describe('a request for another model that comes while the last slice is under way', () => {
  it('is part of the rebuild all the same: it begins again and changes the model', async () => {
    const cabinetId = await insertCabinet(pool());
    await insertRow(pool(), 'reviews', cabinetId, { text: 'Раз' });
    await index(indexer, cabinetId);
    await insertRow(pool(), 'reviews', cabinetId, { text: 'Два' });
    const { rebuild } = await requestRebuild(deps(), cabinetId, { trigger: 'request' });
    const held = harness.provider.hold();
    const slice = harness.runSlice(rebuild);
    await held.arrived;
    const model = `${MODEL}#2`;
    const second = await requestRebuild(deps(), cabinetId, { trigger: 'command', model });
    assert.ok(second.joined);
    held.release();
    const { slice: next } = (await readOpenRebuild(pool(), cabinetId))!;
    assert.deepEqual(await slice, { status: 'more', slice: next });
    await finishOpenRebuild(cabinetId);
    const { searchModel, nextModel } = await stateOf(cabinetId);
    assert.deepEqual([searchModel, nextModel], [model, null]);
    await assertRight(model);
  });
});

describe('a model that this process has no access to', () => {
  it('does not keep chunks of deleted rows alive, and new ones wait', async () => {
    const cabinetId = await insertCabinet(pool());
    const gone = await insertRow(pool(), 'reviews', cabinetId, { text: 'Удалят' });
    await index(indexer, cabinetId);
    const withoutKey = createIndexerWith(createEmbeddersFrom(local));
    await pool().query('delete from wb_reviews where id = $1', [gone]);
    const fresh = await insertRow(pool(), 'reviews', cabinetId, { text: 'Новый' });
    await assert.rejects(index(withoutKey, cabinetId, { reviews: [gone, fresh] }), {
      code: 'embedding_unavailable',
      message: /OPENAI_API_KEY/,
    });
    assert.equal((await harness.chunks(cabinetId)).size, 0);
    await index(indexer, cabinetId, { reviews: [fresh] });
    await assertRight(MODEL);
  });

  it('is changed away from by the model that is there, and searches find what that one has', async () => {
    const cabinetId = await insertCabinet(pool());
    const ids = [];
    for (const text of ['Раз', 'Два']) ids.push(await insertRow(pool(), 'reviews', cabinetId, { text }));
    await index(indexer, cabinetId);
    const withoutKey = createEmbeddersFrom(local);
    await followChanges(deps(), intent(LOCAL_MODEL));
    await finishOpenRebuild(cabinetId);
    const found = await search(cabinetId, 'раз', withoutKey);
    assert.equal(found.model, LOCAL_MODEL);
    assert.deepEqual(found.ids.toSorted(), ids.toSorted());
  });
});

describe('a change of the texts', () => {
  it('is seen when a process of another version starts, and by what another version wrote meanwhile', async () => {
    const { cabinetId, ids } = await localCabinet(['Раз']);
    await followChanges(deps(), { configuredModel: LOCAL_MODEL, textsVersion: TEXTS_VERSION });
    assert.equal(await readOpenRebuild(pool(), cabinetId), undefined);
    await followChanges(deps(), { configuredModel: LOCAL_MODEL, textsVersion: 'newer' });
    assert.equal((await readOpenRebuild(pool(), cabinetId))?.trigger, 'texts');
    await finishOpenRebuild(cabinetId);
    await pool().query(`update rag_index_status set texts_version = 'newer'`);
    await index(indexer, cabinetId, { reviews: [ids[0]!] });
    const state = await stateOf(cabinetId);
    assert.equal(state.textsVersion, null, 'two versions wrote');
    assert.ok(state.textsMixedAt !== null);
  });

  it('is not over when another version wrote between the slices of the rebuild: it may have written behind it', async () => {
    const { cabinetId, ids } = await localCabinet(['Раз', 'Два', 'Три']);
    await harness.rebuild(cabinetId, {
      model: MODEL,
      between: () => index(createIndexerWith(both, 'older'), cabinetId, { reviews: [ids[0]!] }),
    });
    const state = await stateOf(cabinetId);
    assert.equal(state.textsVersion, null);
    assert.ok(state.textsMixedAt !== null, 'so it is rebuilt again');
    await harness.rebuild(cabinetId);
    const { textsVersion, textsMixedAt } = await stateOf(cabinetId);
    assert.deepEqual([textsVersion, textsMixedAt], [TEXTS_VERSION, null]);
  });

  it('is made up for by one rebuild, not by one after the other when it is given up', async () => {
    const { cabinetId } = await localCabinet(['Раз']);
    await pool().query(
      `update rag_index_status set texts_version = null, texts_mixed_at = now() - interval '1 hour'`,
    );
    await unifyTexts(deps());
    const rebuild = (await readOpenRebuild(pool(), cabinetId))!;
    assert.equal(rebuild.trigger, 'texts');
    await harness.rebuilder.fail(cabinetId, rebuild.id, 'a fault of the program');
    await unifyTexts(deps());
    assert.equal(await readOpenRebuild(pool(), cabinetId), undefined);
  });
});

describe('what is asked of all vectors of a cabinet', () => {
  it('is answered by one look-up a chunk, also where the statistics are old', async () => {
    const cabinetId = await insertCabinet(pool());
    await pool().query(
      `with chunk as (
         insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
         select $1, 'wb_stocks', i, 'stock', 'текст', lpad(i::text, 64, '0') from generate_series(1, 2000) i
         returning *
       )
       insert into rag_embeddings (cabinet_id, metadata_id, model, chunk_hash, embedding)
       select cabinet_id, id, 'old model', chunk_hash, array_fill(1, array[1536])::vector::halfvec from chunk`,
      [cabinetId],
    );
    await pool().query('analyze rag_metadata, rag_embeddings');
    // The statistics know nothing of this model.
    await pool().query(
      `insert into rag_embeddings (cabinet_id, metadata_id, model, chunk_hash, embedding)
       select cabinet_id, metadata_id, 'model', chunk_hash, embedding from rag_embeddings`,
    );
    const client = await pool().connect();
    try {
      await client.query('begin');
      assert.equal(await lacksVectors(client, cabinetId, 'model'), false);
      const plan: string[] = [];
      const explaining = {
        async query(statement: string, parameters: unknown[]) {
          const explained = await client.query<{ 'QUERY PLAN': string }>(
            `explain (analyze, costs off, timing off) ${statement}`,
            parameters,
          );
          plan.push(...explained.rows.map((row) => row['QUERY PLAN']));
          return { rows: [{}], rowCount: 0 };
        },
      } as unknown as pg.ClientBase;
      await lacksVectors(explaining, cabinetId, 'model');
      await client.query(
        `insert into rag_index_status (cabinet_id, search_model, previous_model) values ($1, 'model', 'old model')`,
        [cabinetId],
      );
      await deleteOtherVectors(explaining, cabinetId, 5000);
      const discarded = plan.flatMap((line) => /Rows Removed by Join Filter: (\d+)/.exec(line)?.[1] ?? []);
      assert.ok(
        discarded.every((rows) => Number(rows) <= 2000),
        plan.join('\n'),
      );
      await client.query('delete from rag_embeddings where model = $1 and chunk_hash = $2', [
        'model',
        '1999'.padStart(64, '0'),
      ]);
      assert.equal(await lacksVectors(client, cabinetId, 'model'), true);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

/** A database whose first transaction begins when the cabinet's open rebuild has just ended. */
function completing(cabinetId: number, done: () => void): Database {
  let first = true;
  return {
    ...harness.main,
    async transaction(run) {
      if (first) {
        first = false;
        await finishOpenRebuild(cabinetId);
        done();
      }
      return harness.main.transaction(run);
    },
  };
}

/** Does the slices of the cabinet's open rebuild, as the workers would. */
async function finishOpenRebuild(cabinetId: number): Promise<void> {
  for (;;) {
    const rebuild = await readOpenRebuild(pool(), cabinetId);
    if (rebuild === undefined) return;
    await harness.runSlice(rebuild);
    const after = await readRebuild(pool(), cabinetId, rebuild.id);
    assert.ok(after !== undefined && (after.finishedAt !== null || after.slice > rebuild.slice));
  }
}
