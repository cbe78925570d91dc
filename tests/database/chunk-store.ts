import { createHash } from 'node:crypto';
import type pg from 'pg';
import { createLocalEmbedder, LOCAL_MODEL } from '../../src/embedding/local-embedder.ts';
import { encodeVector } from '../../src/embedding/vector-codec.ts';
import type { ChunkType } from '../../src/source-tables.ts';

export interface GivenChunk {
  type: ChunkType;
  text: string;
}

const TABLES: Readonly<Record<ChunkType, string>> = {
  order: 'wb_orders',
  product: 'wb_products',
  stock: 'wb_stocks',
  review: 'wb_reviews',
  sale: 'wb_sales',
};
const embedder = createLocalEmbedder();
let sourceId = 0;

/** Chunks as the indexer leaves them, without rows behind them; resolves to their ids. */
export async function storeChunks(
  pool: pg.Pool,
  cabinetId: number,
  chunks: readonly GivenChunk[],
): Promise<number[]> {
  const { items } = await embedder.embed(chunks.map(({ text }) => text));
  const ids: number[] = [];
  for (const [place, { type, text }] of chunks.entries()) {
    const item = items[place]!;
    if (!('vector' in item)) throw new Error(`no vector of ${text}`);
    const { rows } = await pool.query<{ id: number }>(
      `with chunk as (
         insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
         values ($1, $2, $3, $4, $5, $6) returning cabinet_id, id, chunk_hash
       ), embedded as (
         insert into rag_embeddings (cabinet_id, metadata_id, model, embedding, chunk_hash)
         select cabinet_id, id, $7, $8::vector(1536)::halfvec(1536), chunk_hash from chunk
       )
       select id::float8 as id from chunk`,
      [
        ...[cabinetId, TABLES[type], ++sourceId, type, text, createHash('sha256').update(text).digest('hex')],
        ...[LOCAL_MODEL, encodeVector(item.vector)],
      ],
    );
    ids.push(rows[0]!.id);
  }
  return ids;
}
