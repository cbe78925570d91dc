import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { insertRebuild, readRebuild } from '../../src/indexing/rebuild/queries.ts';
import type { Indexer } from '../../src/indexing/indexer.ts';
import { createEmbeddersFrom } from '../../src/embedding/embedders.ts';
import { readIndexStatus } from '../../src/indexing/status.ts';
import { createTokenBudget } from '../../src/indexing/token-budget.ts';
import { silentLog } from '../../src/log.ts';
import type { ChangedIds } from '../../src/source-tables.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { assembleIndexing } from './indexer-harness.ts';
import { createRebuildHarness, type RebuildHarness } from './rebuild-harness.ts';

/** The fake bills words; a review of these tests has about ten, and the estimate beforehand is higher. */
const DAILY_TOKENS = 1000;

let harness: RebuildHarness;
let indexer: Indexer;
before(async () => {
  harness = await createRebuildHarness({ batchSize: 5, dailyTokens: DAILY_TOKENS });
  const { main: database, events, embedder } = harness;
  const embedders = createEmbeddersFrom(embedder);
  const deps = { main: database, vector: database, embedders, events, log: silentLog() };
  ({ indexer } = assembleIndexing(deps, { batchSize: 5, concurrency: 1, dailyTokens: DAILY_TOKENS }));
});
after(() => harness.close());

const pool = () => harness.database.pool;
const index = (cabinetId: number, changedIds?: ChangedIds) =>
  indexer.run({ cabinetId, jobId: 'job', changedIds, signal: new AbortController().signal });

/** Of these days, counted from today. By default also of tomorrow, which may begin before anybody looks. */
async function spend(cabinetId: number, tokens: number, days = [0, 1]): Promise<void> {
  await pool().query(
    `insert into rag_token_usage (cabinet_id, day, model, tokens)
     select $1, (now() at time zone 'utc')::date + day, 'earlier', $2 from unnest($3::int[]) as day`,
    [cabinetId, tokens, days],
  );
}

async function usage(cabinetId: number): Promise<{ tokens: number; requests: number; cost: number }> {
  const { rows } = await pool().query<{ tokens: number; requests: number; cost: number }>(
    `select sum(tokens)::int as tokens, sum(requests)::int as requests, sum(cost_usd)::float8 as cost
     from rag_token_usage where cabinet_id = $1 and model <> 'earlier'`,
    [cabinetId],
  );
  return rows[0]!;
}

let reviews = 0;
/** Each has a text of its own: one that is known already costs nothing. */
const addReview = (cabinetId: number) =>
  insertRow(pool(), 'reviews', cabinetId, { text: `Хорошо, ${++reviews}` });

describe('RAG_DAILY_TOKEN_BUDGET', () => {
  it('counts what the provider billed, by cabinet, day and model', async () => {
    const cabinetId = await insertCabinet(pool());
    const asked = harness.provider.requests.length;
    await index(cabinetId, { reviews: [await addReview(cabinetId)] });
    const { tokens, requests, cost } = await usage(cabinetId);
    assert.ok(tokens > 0);
    assert.equal(requests, harness.provider.requests.length - asked);
    assert.ok(Math.abs(cost - (tokens / 1e6) * harness.embedder.usdPerMillionTokens!) < 1e-9);
  });

  it('stops a rebuild at 80 % and lets live changes go on', async () => {
    const cabinetId = await insertCabinet(pool());
    const first = await addReview(cabinetId);
    await spend(cabinetId, 0.85 * DAILY_TOKENS);
    const opened = (await insertRebuild(pool(), cabinetId, 'request', null))!;
    await assert.rejects(harness.runSlice(opened), {
      code: 'budget_exhausted',
      message: /live changes go on/,
    });
    const waiting = (await readRebuild(pool(), cabinetId, opened.id))!;
    assert.match(waiting.error ?? '', /80 %/);
    assert.ok(waiting.nextAttemptAt !== null);
    const status = await readIndexStatus(pool(), cabinetId);
    assert.equal(status?.indexingStatus, 'pending');
    assert.match(status.lastError ?? '', /RAG_DAILY_TOKEN_BUDGET/);
    await index(cabinetId, { reviews: [first] });
    assert.equal((await harness.chunks(cabinetId)).size, 1);
  });

  it('stops live changes last, and says so; what needs no embedding is done all the same', async () => {
    const cabinetId = await insertCabinet(pool());
    const other = await insertCabinet(pool());
    const gone = await addReview(cabinetId);
    await index(cabinetId, { reviews: [gone] });
    await spend(cabinetId, DAILY_TOKENS);
    await pool().query('delete from wb_reviews where id = $1', [gone]);
    const fresh = await insertRow(pool(), 'reviews', cabinetId, { text: 'Ещё не было' });
    await assert.rejects(index(cabinetId, { reviews: [gone, fresh] }), {
      code: 'budget_exhausted',
      retryable: true,
    });
    assert.equal((await harness.chunks(cabinetId)).size, 0, 'the deleted row has no chunk');
    const status = await readIndexStatus(pool(), cabinetId);
    assert.equal(status?.indexingStatus, 'pending');
    assert.match(status.lastError ?? '', /used up for cabinet \d+: \d+ of 1000 tokens today/);
    await index(other, { reviews: [await addReview(other)] });
    assert.equal((await harness.chunks(other)).size, 1, 'each cabinet has a budget of its own');
  });

  it('is there again the next day', async () => {
    const cabinetId = await insertCabinet(pool());
    await spend(cabinetId, DAILY_TOKENS, [-1]);
    await index(cabinetId, { reviews: [await addReview(cabinetId)] });
    assert.equal((await harness.chunks(cabinetId)).size, 1);
  });

  it('is exceeded by less than a batch, and never too small for one: nothing stands still for ever', async () => {
    const cabinetId = await insertCabinet(pool());
    const tiny = createTokenBudget(harness.main, 1);
    const { settle } = await tiny.admit(cabinetId, 'live', 5000);
    await assert.rejects(tiny.admit(cabinetId, 'live', 5000), { code: 'budget_exhausted' });
    settle();
    await spend(cabinetId, 5000);
    await assert.rejects(tiny.admit(cabinetId, 'live', 1), { code: 'budget_exhausted' });
  });

  it('counts batches that are under way together', async () => {
    const cabinetId = await insertCabinet(pool());
    const budget = createTokenBudget(harness.main, 100);
    const first = await budget.admit(cabinetId, 'live', 60);
    await budget.admit(cabinetId, 'live', 60);
    await assert.rejects(budget.admit(cabinetId, 'live', 1), { code: 'budget_exhausted' });
    first.settle();
    await budget.admit(cabinetId, 'live', 60);
  });
});
