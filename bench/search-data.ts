import type { Database } from '../src/database/pool.ts';
import { requestRebuild } from '../src/indexing/rebuild/request-rebuild.ts';
import { readRebuild } from '../src/indexing/rebuild/queries.ts';
import { silentLog } from '../src/log.ts';
import { SOURCE_NAMES, tableOf } from '../src/source-tables.ts';
import { createShop } from '../src/simulator/shop/create-shop.ts';
import { expectedTables } from '../tests/helpers/simulated-shop.ts';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchApp } from './bench-app.ts';

/** Which column the key of a table's map is. */
const KEYS = {
  wb_products: 'nm_id',
  wb_orders: 'order_id',
  wb_sales: 'sale_id',
  wb_stocks: 'chrt_id',
  wb_reviews: 'review_id',
} as const;

/** So many rows of one cabinet, as a simulated seller has them, indexed by the program itself. */
export async function fillFirstCabinet({ app }: BenchApp, rows: number): Promise<number> {
  const { main, vector, jobs } = app;
  const filled = await vector.pool.query<{ id: string }>(
    'select cabinet_id as id from rag_metadata group by cabinet_id having count(*) > 5000 order by cabinet_id limit 1',
  );
  if (filled.rows[0] !== undefined) return Number(filled.rows[0].id);
  const shop = createShop({
    seed: 'bench',
    sellerId: 'bench',
    products: 260,
    ordersPerDay: 56,
    reviewsPerDay: 12,
  });
  const tables = expectedTables(shop, new Date());
  const created = await main.pool.query<{ id: string }>(
    `insert into wb_cabinets (name) values ('bench') returning id`,
  );
  const cabinetId = Number(created.rows[0]!.id);
  let left = rows;
  for (const source of ['products', 'stocks', 'reviews', 'sales', 'orders'] as const) {
    const table = tableOf(source);
    const given = [...tables[table]].slice(Math.max(0, tables[table].size - left)).map(([key, row]) => ({
      ...Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toSql(name, value)])),
      [KEYS[table]]: key,
      cabinet_id: cabinetId,
    }));
    left -= given.length;
    if (given.length === 0) continue;
    const columns = Object.keys(given[0]!).join(', ');
    await main.pool.query(
      `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1)`,
      [JSON.stringify(given)],
    );
  }
  const { rebuild } = await requestRebuild({ main, vector, jobs, log: silentLog() }, cabinetId, {
    trigger: 'request',
  });
  while ((await readRebuild(vector.pool, cabinetId, rebuild.id))?.finishedAt === null) await delay(20);
  return cabinetId;
}

function toSql(name: string, value: string | null): unknown {
  if (value !== null && name.endsWith('_date')) return new Date(Number(value) * 1000).toISOString();
  return name === 'bables' && value !== null ? (JSON.parse(value) as unknown) : value;
}

/** The same chunks for other cabinets, written into the vector database as the indexer would. */
export async function copyCabinet(vector: Database, from: number, to: number): Promise<void> {
  const { rowCount } = await vector.pool.query('select from rag_metadata where cabinet_id = $1 limit 1', [
    to,
  ]);
  if (rowCount !== 0) return;
  await vector.transaction(async (client) => {
    await client.query(
      `insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
       select $2, source_table, source_id, chunk_type, chunk_text, chunk_hash from rag_metadata where cabinet_id = $1`,
      [from, to],
    );
    await client.query(
      `insert into rag_embeddings (cabinet_id, metadata_id, model, chunk_hash, embedding)
       select $2, copy.id, e.model, e.chunk_hash, e.embedding
       from rag_metadata m
       join rag_embeddings e on e.cabinet_id = m.cabinet_id and e.metadata_id = m.id
       join rag_metadata copy on copy.cabinet_id = $2 and copy.source_table = m.source_table and copy.source_id = m.source_id
       where m.cabinet_id = $1`,
      [from, to],
    );
    // With a version of the texts, too, or the worker would compare the cabinet with rows that it has not.
    await client.query(`insert into wb_cabinets (id, name) overriding system value values ($1, 'copy')`, [
      to,
    ]);
    await client.query(
      `insert into rag_index_status (cabinet_id, indexing_status, search_model, texts_version, total_chunks)
       select $2, indexing_status, search_model, texts_version, total_chunks from rag_index_status where cabinet_id = $1`,
      [from, to],
    );
  });
}

export async function countBySource(vector: Database, cabinetId: number): Promise<string> {
  const { rows } = await vector.pool.query<{ table: string; chunks: string }>(
    `select source_table as "table", count(*) as chunks from rag_metadata where cabinet_id = $1 group by 1`,
    [cabinetId],
  );
  return SOURCE_NAMES.map(
    (name) => `${name}=${rows.find(({ table }) => table === tableOf(name))?.chunks ?? 0}`,
  ).join(', ');
}

/** Writing the chunks of a cabinet into a table as rag_metadata is, with and without what is generated from the text. */
export async function measureWriting(vector: Database, cabinetId: number): Promise<string> {
  const time = async (like: string): Promise<number> => {
    await vector.pool.query(`create table bench_chunks (like rag_metadata ${like})`);
    const startedAt = performance.now();
    await vector.pool.query(
      `insert into bench_chunks (id, cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash) overriding system value
       select id, cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash from rag_metadata where cabinet_id = $1`,
      [cabinetId],
    );
    const tookMs = performance.now() - startedAt;
    await vector.pool.query('drop table bench_chunks');
    return tookMs;
  };
  const runs: [number, number][] = [];
  for (let run = 0; run < 5; run += 1) {
    runs.push([await time('including defaults including indexes'), await time('including all')]);
  }
  const median = (place: 0 | 1) => runs.map((run) => run[place]).sort((a, b) => a - b)[2]!;
  return `writing a cabinet's texts: ${median(0).toFixed(0)} ms plain, ${median(1).toFixed(0)} ms with words and facts`;
}
