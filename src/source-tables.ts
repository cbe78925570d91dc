/** The five tables whose rows become chunks. Adding one: see CONTRIBUTING.md. */
export const SOURCE_NAMES = ['orders', 'products', 'stocks', 'reviews', 'sales'] as const;

/** How a source is called in job payloads, requests and log lines. Its table is `wb_<name>`. */
export type SourceName = (typeof SOURCE_NAMES)[number];

/** `rag_metadata.source_table` of a source. */
export function tableOf(source: SourceName): `wb_${SourceName}` {
  return `wb_${source}`;
}

/** `rag_metadata.chunk_type` by source. */
export const CHUNK_TYPES = {
  orders: 'order',
  products: 'product',
  stocks: 'stock',
  reviews: 'review',
  sales: 'sale',
} as const satisfies Record<SourceName, string>;

export type ChunkType = (typeof CHUNK_TYPES)[SourceName];

/** Ids of source rows by source; a source without changes is absent. */
export type ChangedIds = Partial<Record<SourceName, number[]>>;

export function countChangedIds(ids: ChangedIds): number {
  return SOURCE_NAMES.reduce((sum, source) => sum + (ids[source]?.length ?? 0), 0);
}
