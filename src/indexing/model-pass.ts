import type { Embedder } from '../embedding/embedder.ts';
import { tableOf } from '../source-tables.ts';
import type { ChunkToWrite } from './comparison.ts';
import type { WantedChunk } from './rows.ts';

/** What is to be done for one of the models. */
export interface ModelPass {
  embedder: Embedder;
  /** Searches compare vectors of this model. */
  searched: boolean;
  chunks: WantedChunk[];
  /** Keys of the chunks that no pass before this one has written. */
  isFirst: ReadonlySet<string>;
  /** Keys of the chunks that a model has refused, over all passes. */
  refused: Set<string>;
}

export function planPass(
  embedder: Embedder,
  searched: boolean,
  toWrite: readonly ChunkToWrite[],
  refused: Set<string>,
): ModelPass {
  const own = toWrite.filter(
    // When the searched model refused a text there is no chunk, so no vector of another model can belong to it.
    ({ chunk, lacks }) => lacks.includes(embedder.model) && !refused.has(keyOfChunk(chunk)),
  );
  const first = own.filter(({ lacks }) => lacks[0] === embedder.model);
  return {
    embedder,
    searched,
    chunks: own.map(({ chunk }) => chunk),
    isFirst: new Set(first.map(({ chunk }) => keyOfChunk(chunk))),
    refused,
  };
}

export function keyOf(table: string, sourceId: string): string {
  return `${table}/${sourceId}`;
}

export function keyOfChunk({ source, sourceId }: WantedChunk): string {
  return keyOf(tableOf(source), sourceId);
}
