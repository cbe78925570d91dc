import { AppError } from '../../errors.ts';
import type { FoundChunk } from './api-client.ts';
import { eventually, inShort, say, type Stage } from './stage.ts';
import { formatTimeline } from './timeline.ts';

const LATENCY_SAMPLES = 30;

/**
 * The product on sale that was bought most often of late, so that it has sales to be found. The oldest sale of a shop may
 * be of a product that left since; which one that is depends on the day.
 */
const BEST_SELLER = `
  select p.nm_id from wb_products p
  join wb_sales s on s.cabinet_id = p.cabinet_id and s.nm_id = p.nm_id
  where p.cabinet_id = $1 and p.is_active and s.type = 'buyout' and s.sale_date > now() - interval '30 days'
  group by p.nm_id order by count(*) desc, p.nm_id limit 1`;

export async function findNewOrder(stage: Stage): Promise<void> {
  say('\n4. One order, by SQL');
  const insert = `insert into wb_orders (cabinet_id, order_id, nm_id, name, brand, quantity, total_price, order_date, status)
    values ($1, 'demo-order-new', 199000001, 'Термокружка дорожная 450 мл', 'Походник', 2, 2580, now(), 'active') returning id`;
  const id = await commit(stage, insert, [stage.cabinetId]);
  await showFound(
    stage,
    'заказ на термокружку Походник',
    (hit) => hit.source_table === 'wb_orders' && hit.source_id === id,
  );
}

export async function findRenamedProduct(stage: Stage): Promise<void> {
  say('\n5. A product gets another name, by SQL; its sales are found under it');
  const { rows } = await stage.app.main.pool.query<{ nm_id: string }>(BEST_SELLER, [stage.cabinetId]);
  if (rows[0] === undefined) throw new AppError('internal', 'no product on sale has been bought');
  const nmId = rows[0].nm_id;
  const rename = `update wb_products set name = 'Снегоступы алюминиевые Таймыр' where cabinet_id = $1 and nm_id = $2 returning id`;
  await commit(stage, rename, [stage.cabinetId, nmId]);
  await showFound(
    stage,
    'продажа снегоступы Таймыр',
    (hit) =>
      hit.source_table === 'wb_sales' &&
      hit.text.includes('Снегоступы алюминиевые Таймыр') &&
      hit.text.includes(nmId),
    'sale',
  );
}

export async function loseDeletedReview(stage: Stage): Promise<void> {
  say('\n6. A review comes and goes, by SQL');
  const insert = `insert into wb_reviews (cabinet_id, review_id, nm_id, rating, text, created_date)
    values ($1, 'demo-review-new', 199000001, 1, 'Молния разошлась в первый же вечер, пришлось отдать в ателье.', now()) returning id`;
  const id = await commit(stage, insert, [stage.cabinetId]);
  const query = 'молния разошлась, отдала в ателье';
  const isIt = (hit: FoundChunk) => hit.source_table === 'wb_reviews' && hit.source_id === id;
  await showFound(stage, query, isIt);
  await commit(stage, 'delete from wb_reviews where id = $1 returning id', [id]);
  const committedAt = performance.now();
  await eventually('the deleted review is gone from the search', async () =>
    (await stage.api.search(stage.cabinetId, query)).some(isIt) ? undefined : true,
  );
  say(`   deleted; no longer found after ${(performance.now() - committedAt).toFixed(0)} ms`);
}

export async function measureLatency(stage: Stage): Promise<void> {
  say(`\n8. ${LATENCY_SAMPLES} single orders, one after the other: committed → found by the search API`);
  const samples: number[] = [];
  for (let i = 0; i < LATENCY_SAMPLES; i += 1) {
    const name = `Проба номер ${i} ${'абвгдежзиклмнопрстуфхцчшэюя'.slice(i % 20, (i % 20) + 6)}`;
    const insert = `insert into wb_orders (cabinet_id, order_id, nm_id, name, order_date) values ($1, $2, $3, $4, now()) returning id`;
    const id = await commit(stage, insert, [stage.cabinetId, `demo-probe-${i}`, 199100000 + i, name]);
    const committedAt = performance.now();
    await eventually(`probe ${i} is found`, async () =>
      (await stage.api.search(stage.cabinetId, `${name} ${199100000 + i}`, ['order'])).some(
        (hit) => hit.source_id === id,
      )
        ? true
        : undefined,
    );
    samples.push(performance.now() - committedAt);
  }
  samples.sort((a, b) => a - b);
  const percentile = (share: number) =>
    samples[Math.min(samples.length - 1, Math.floor(samples.length * share))]!.toFixed(0);
  say(
    `   p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms, slowest ${samples.at(-1)!.toFixed(0)} ms (this machine, this run)`,
  );
}

async function commit(stage: Stage, statement: string, values: unknown[]): Promise<number> {
  const { rows } = await stage.app.main.pool.query<{ id: string }>(statement, values);
  stage.timeline.begin();
  if (rows[0] === undefined) throw new AppError('internal', `no row was written by: ${statement}`);
  return Number(rows[0].id);
}

async function showFound(
  stage: Stage,
  query: string,
  isIt: (hit: FoundChunk) => boolean,
  type?: 'sale',
): Promise<void> {
  const committedAt = performance.now();
  const found = await eventually(`"${query}" is found`, async () =>
    (await stage.api.search(stage.cabinetId, query, type === undefined ? undefined : [type])).find(isIt),
  );
  const searchableMs = performance.now() - committedAt;
  say(`   ${formatTimeline(stage.timeline.read(), searchableMs)}`);
  say(`   search "${query}" → ${inShort(found)}`);
}
