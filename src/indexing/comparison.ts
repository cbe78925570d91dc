import type { SourceName } from '../source-tables.ts';
import type { Refusal, StoredChunk, StoredState } from './queries.ts';
import type { WantedChunk } from './rows.ts';

/** Why a chunk has to be written. */
export type WriteReason =
  /** The row has no chunk. */
  | 'missing'
  /** The row says something else by now. */
  | 'changed'
  /** The text is right, a vector of it by one of the models is not there. */
  | 'vector';

export interface ChunkToWrite {
  chunk: WantedChunk;
  reason: WriteReason;
  /** Models that have no vector of this text for this chunk; at least one. */
  lacks: string[];
}

/** What has to happen so that the index holds exactly the wanted chunks of some rows of one source. */
export interface Comparison {
  source: SourceName;
  write: ChunkToWrite[];
  /** Ids of rows whose chunk, or whose record of a refusal, is there and must not be. */
  remove: string[];
  unchanged: number;
  /** Rows whose text was refused so often that it is not tried again by itself. */
  parked: number;
}

/** How often a provider may refuse a text before it is left alone until it changes or somebody says so. */
export const MAX_REFUSALS = 3;

/**
 * Compares what the rows call for with what the index holds. A chunk stays untouched only when its text is the same and
 * a vector of this very text by each of the models, the searched one first, is there.
 */
export function compareChunks(
  source: SourceName,
  wanted: readonly WantedChunk[],
  { chunks, refusals }: StoredState,
  models: readonly string[],
): Comparison {
  const stored = new Map<string, StoredChunk>(chunks.map((chunk) => [chunk.sourceId, chunk]));
  const refused = Map.groupBy(refusals, ({ sourceId }) => sourceId);
  const comparison: Comparison = { source, write: [], remove: [], unchanged: 0, parked: 0 };
  for (const chunk of wanted) {
    const known = stored.get(chunk.sourceId);
    const parkedBy = parkingModels(refused.get(chunk.sourceId) ?? [], chunk.hash);
    stored.delete(chunk.sourceId);
    refused.delete(chunk.sourceId);
    const present = known?.hash === chunk.hash ? known.models : [];
    // When the searched model refuses a text there is no chunk, so no vector of another model can belong to it.
    const lacks = parkedBy.includes(models[0]!)
      ? []
      : models.filter((model) => !present.includes(model) && !parkedBy.includes(model));
    if (lacks.length > 0) {
      const reason = known === undefined ? 'missing' : known.hash === chunk.hash ? 'vector' : 'changed';
      comparison.write.push({ chunk, reason, lacks });
    } else if (parkedBy.length > 0) comparison.parked += 1;
    else comparison.unchanged += 1;
  }
  comparison.remove = [...new Set([...stored.keys(), ...refused.keys()])];
  return comparison;
}

function parkingModels(refusals: readonly Refusal[], hash: string): string[] {
  return refusals
    .filter((refusal) => refusal.hash === hash && refusal.attempts >= MAX_REFUSALS)
    .flatMap(({ model }) => (model === null ? [] : [model]));
}
