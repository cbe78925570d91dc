import type { SourceName } from '../source-tables.ts';
import type { StoredChunk } from './queries.ts';
import type { WantedChunk } from './rows.ts';

/** What has to happen so that the index holds exactly the wanted chunks of some rows of one source. */
export interface Comparison {
  source: SourceName;
  write: WantedChunk[];
  /** Ids of rows whose chunk is there and must not be. */
  remove: string[];
  unchanged: number;
}

/**
 * Compares what the rows call for with what the index holds. A chunk stays untouched only when its text is the same and
 * a vector of this very text by the current model is there.
 */
export function compareChunks(
  source: SourceName,
  wanted: readonly WantedChunk[],
  stored: readonly StoredChunk[],
): Comparison {
  const storedById = new Map(stored.map((chunk) => [chunk.sourceId, chunk]));
  const write: WantedChunk[] = [];
  for (const chunk of wanted) {
    const known = storedById.get(chunk.sourceId);
    storedById.delete(chunk.sourceId);
    if (!known?.embedded || known.hash !== chunk.hash) write.push(chunk);
  }
  return { source, write, remove: [...storedById.keys()], unchanged: wanted.length - write.length };
}
