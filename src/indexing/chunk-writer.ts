import type { Database } from '../database/pool.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { Log } from '../log.ts';
import type { SourceName } from '../source-tables.ts';
import type { Comparison } from './comparison.ts';
import { writeUnderLease, type Lease } from './lease.ts';
import {
  deleteChunks,
  readVectorOid,
  recordFailure,
  saveChunks,
  saveWithKnownVectors,
  type SavedChunk,
} from './queries.ts';
import type { WantedChunk } from './rows.ts';
import type { RunCounts } from './runs.ts';
import { addToTotal } from './totals.ts';

export interface ChunkWriterDeps {
  vector: Database;
  embedder: Embedder;
  log: Log;
}

export interface ChunkWriterOptions {
  /** Distinct texts in one call of the embedder, and chunks' texts in one transaction, at most. */
  batchSize: number;
  /** Batches embedded at once. */
  concurrency: number;
}

export interface WriteContext {
  lease: Lease;
  counts: RunCounts;
  signal: AbortSignal;
  /** Called when a batch is committed and so searchable. */
  onSaved: (chunks: number) => void;
}

/** Chunks whose vectors are looked up among the known ones in one statement. */
const REUSE_PAGE = 1000;
const DELETE_PAGE = 5000;

export interface ChunkWriter {
  /**
   * Makes the index hold what the comparisons call for: deletes first, then texts whose vector is known, then the rest in
   * batches, each saved in a short transaction of its own as soon as it is embedded. No transaction is open while the
   * embedder works. Throws what the embedder throws (`embedding_unavailable`); what was saved by then stays.
   */
  apply(comparisons: readonly Comparison[], context: WriteContext): Promise<void>;
}

export function createChunkWriter(deps: ChunkWriterDeps, options: ChunkWriterOptions): ChunkWriter {
  const { vector, embedder, log } = deps;
  let oid: Promise<number> | undefined;
  const vectorOid = () => {
    oid ??= readVectorOid(vector.pool).catch((error: unknown) => {
      oid = undefined;
      throw error;
    });
    return oid;
  };

  async function remove(
    source: SourceName,
    ids: readonly string[],
    { lease, counts }: WriteContext,
  ): Promise<void> {
    for (let i = 0; i < ids.length; i += DELETE_PAGE) {
      counts.chunksDeleted += await writeUnderLease(vector, lease, async (client) => {
        const deleted = await deleteChunks(client, lease.cabinetId, source, ids.slice(i, i + DELETE_PAGE));
        await addToTotal(client, lease.cabinetId, -deleted);
        return deleted;
      });
    }
  }

  function countSaved(saved: readonly SavedChunk[], { counts, onSaved }: WriteContext): number {
    const created = saved.filter((chunk) => chunk.isNew).length;
    counts.chunksNew += created;
    counts.chunksUpdated += saved.length - created;
    if (saved.length > 0) onSaved(saved.length);
    return created;
  }

  /** Saves the chunks whose text is embedded already; resolves to the others. */
  async function reuse(chunks: readonly WantedChunk[], context: WriteContext): Promise<WantedChunk[]> {
    const { lease } = context;
    const rest: WantedChunk[] = [];
    for (let i = 0; i < chunks.length; i += REUSE_PAGE) {
      const page = chunks.slice(i, i + REUSE_PAGE);
      const saved = await writeUnderLease(vector, lease, async (client) => {
        const rows = await saveWithKnownVectors(client, lease.cabinetId, page, embedder.model);
        await addToTotal(client, lease.cabinetId, rows.filter((row) => row.isNew).length);
        return rows;
      });
      countSaved(saved, context);
      context.counts.embeddingsReused += saved.length;
      const done = new Set(saved.map((row) => `${row.table}/${row.sourceId}`));
      rest.push(...page.filter((chunk) => !done.has(`wb_${chunk.source}/${chunk.sourceId}`)));
    }
    return rest;
  }

  /** Embeds one batch of distinct texts and saves every chunk that has one of them. */
  async function embedAndSave(batch: readonly WantedChunk[][], context: WriteContext): Promise<void> {
    const { lease, counts, signal } = context;
    const embedStarted = performance.now();
    const result = await embedder.embed(
      batch.map((same) => same[0]!.text),
      { signal },
    );
    counts.embedMs += performance.now() - embedStarted;
    counts.embeddingRequests += result.requests;
    counts.tokens += result.tokens;

    const vectors = new Map<string, Float32Array>();
    const accepted: WantedChunk[] = [];
    const rejected: { chunk: WantedChunk; reason: string }[] = [];
    batch.forEach((same, index) => {
      const item = result.items[index]!;
      if ('vector' in item) {
        vectors.set(same[0]!.hash, item.vector);
        accepted.push(...same);
      } else {
        rejected.push(...same.map((chunk) => ({ chunk, reason: item.rejected })));
      }
    });

    const saveStarted = performance.now();
    const typeOid = await vectorOid();
    const saved = await writeUnderLease(vector, lease, async (client) => {
      const rows =
        accepted.length === 0
          ? []
          : await saveChunks(client, lease.cabinetId, accepted, embedder.model, vectors, typeOid);
      let deleted = 0;
      for (const { chunk, reason } of rejected) {
        deleted += await recordFailure(client, lease.cabinetId, chunk, reason);
      }
      await addToTotal(client, lease.cabinetId, rows.filter((row) => row.isNew).length - deleted);
      return rows;
    });
    counts.saveMs += performance.now() - saveStarted;
    counts.chunksRejected += rejected.length;
    countSaved(saved, context);
    for (const { chunk, reason } of rejected) {
      log.warn(
        { cabinetId: lease.cabinetId, source: chunk.source, sourceId: chunk.sourceId, reason },
        'A row is not searchable: the embedding provider refused its text',
      );
    }
  }

  async function embedAll(chunks: readonly WantedChunk[], context: WriteContext): Promise<void> {
    const byText = new Map<string, WantedChunk[]>();
    for (const chunk of chunks) {
      const same = byText.get(chunk.hash);
      if (same === undefined) byText.set(chunk.hash, [chunk]);
      else same.push(chunk);
    }
    const texts = [...byText.values()];
    const batches: WantedChunk[][][] = [];
    for (let i = 0; i < texts.length; i += options.batchSize)
      batches.push(texts.slice(i, i + options.batchSize));

    let next = 0;
    let failure: unknown;
    const runLane = async () => {
      while (next < batches.length && failure === undefined) {
        const index = next++;
        const batch = batches[index]!;
        log.info(
          {
            cabinetId: context.lease.cabinetId,
            batch: index + 1,
            batches: batches.length,
            chunks: batch.length,
          },
          `Generating embeddings: batch ${index + 1}/${batches.length} (${batch.length} chunks)`,
        );
        try {
          context.signal.throwIfAborted();
          await embedAndSave(batch, context);
        } catch (error) {
          failure ??= error;
        }
      }
    };
    // Every lane ends before the failure is reported: nothing of this run is written after it was declared over.
    await Promise.all(Array.from({ length: Math.min(options.concurrency, batches.length) }, runLane));
    if (failure !== undefined) throw failure as Error;
  }

  return {
    async apply(comparisons, context) {
      const started = performance.now();
      for (const { source, remove: ids } of comparisons) await remove(source, ids, context);
      const rest = await reuse(
        comparisons.flatMap((comparison) => comparison.write),
        context,
      );
      context.counts.saveMs += performance.now() - started;
      await embedAll(rest, context);
    },
  };
}
