import { readOutboxLag } from '../../changes/queries.ts';
import { AppError } from '../../errors.ts';
import { countUnfinishedJobs } from '../../jobs/queries.ts';
import { RAG_INDEX_QUEUE } from '../../jobs/queues.ts';
import type { SyncedPart } from './api-client.ts';
import { eventually, inShort, say, seconds, type Stage } from './stage.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export async function syncShop(stage: Stage): Promise<void> {
  say(
    '\n2. A seller’s data: POST /api/v1/sync/cabinet/1, from a simulated Wildberries (its limits switched off)',
  );
  const startedAt = performance.now();
  const parts = await syncNow(stage);
  const syncedMs = performance.now() - startedAt;
  say(`   ${describeParts(parts)}`);
  const chunks = await untilIndexed(stage);
  say(
    `   synchronised after ${seconds(syncedMs)}, all ${chunks} chunks searchable after ${seconds(performance.now() - startedAt)}`,
  );
  say(
    `   GET /v1/rag/status/${stage.cabinetId} → ${JSON.stringify(await stage.api.status(stage.cabinetId))}`,
  );
  const query = 'жалобы на брак и возврат';
  const [best] = await stage.api.search(stage.cabinetId, query, ['review']);
  if (best === undefined) throw new AppError('internal', `a search for "${query}" found nothing`);
  say(`   search "${query}" → ${inShort(best)}`);
}

export async function syncNextDay(stage: Stage): Promise<void> {
  say('\n3. A day passes at Wildberries, and the next sync brings only what it changed');
  stage.simulator.advance(DAY_MS);
  const startedAt = performance.now();
  const parts = await syncNow(stage);
  say(`   ${describeParts(parts)}`);
  const chunks = await untilIndexed(stage);
  say(`   all ${chunks} chunks up to date after ${seconds(performance.now() - startedAt)}`);
}

async function syncNow({ api, cabinetId }: Stage): Promise<SyncedPart[]> {
  const before = await api.sync(cabinetId);
  await api.requestSync(cabinetId);
  return eventually('the sync is completed', async () => {
    const sync = await api.sync(cabinetId);
    if (sync.run_id === before.run_id) return undefined;
    if (sync.status === 'failed' || sync.status === 'partial')
      throw new AppError('internal', `the sync ended ${sync.status}: ${sync.error ?? ''}`);
    return sync.status === 'completed' ? sync.parts : undefined;
  });
}

function describeParts(parts: readonly SyncedPart[]): string {
  return parts.map(({ part, created, updated }) => `${part}: ${created} new, ${updated} changed`).join('; ');
}

/**
 * How many rows call for a chunk, by the window as it was when the demo began and as it is now, fewest first. A row that
 * grows too old meanwhile has a chunk if it was indexed before, and none if it was looked at after.
 */
const EXPECTED_CHUNKS = `
  select ((select count(*) from wb_products where cabinet_id = $1 and is_active)
     + (select count(*) from wb_orders where cabinet_id = $1 and order_date >= w.since)
     + (select count(*) from wb_sales where cabinet_id = $1 and sale_date >= w.since)
     + (select count(*) from wb_reviews where cabinet_id = $1 and created_date >= w.since)
     + (select count(*) from wb_stocks where cabinet_id = $1 and quantity > 0))::int as chunks
  from (select moment - interval '90 days' as since from unnest(array[$2::timestamptz, now()]) as moment) w
  order by chunks`;

/** Resolves to the number of chunks, when every row that calls for one has it and nothing waits. */
async function untilIndexed(stage: Stage): Promise<number> {
  const { pool } = stage.app.main;
  return eventually('every row that calls for a chunk has one', async () => {
    const { changes } = await readOutboxLag(pool);
    if (changes > 0 || (await countUnfinishedJobs(pool, RAG_INDEX_QUEUE)) > 0) return undefined;
    const status = await stage.api.status(stage.cabinetId);
    const chunks = Number(status['total_chunks']);
    // What is expected is asked of the tables themselves.
    const { rows } = await pool.query<{ chunks: number }>(EXPECTED_CHUNKS, [
      stage.cabinetId,
      stage.startedAt,
    ]);
    const [fewest, most] = [rows[0]!.chunks, rows[1]!.chunks];
    return status['indexing_status'] === 'completed' && chunks >= fewest && chunks <= most
      ? chunks
      : undefined;
  });
}
