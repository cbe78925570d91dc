import type { Database } from '../database/pool.ts';
import type { Embedder } from '../embedding/embedder.ts';
import { estimateTokens } from '../embedding/estimate-tokens.ts';
import type { Log } from '../log.ts';
import type { SourceName } from '../source-tables.ts';
import type { Comparison } from './comparison.ts';
import { copyCuts, recordCuts, type CutChunk } from './cut-texts-queries.ts';
import { writeUnderLease, type Lease } from './lease.ts';
import { keyOf, keyOfChunk, planPass, type ModelPass } from './model-pass.ts';
import { modelUnavailable } from './model-unavailable.ts';
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
import type { TokenBudget, WorkKind } from './token-budget.ts';
import { addToTotal } from './totals.ts';

export interface ChunkWriterDeps {
  vector: Database;
  budget: TokenBudget;
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
  /** The model whose vectors searches compare. */
  searchModel: string;
  /** Models of which every chunk has to have a vector, the searched one first. */
  models: readonly string[];
  /** The embedders of `models`, in the same order. Empty when this process has none of them: nothing can be embedded then. */
  embedders: readonly Embedder[];
  kind: WorkKind;
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
   * Makes the index hold what the comparisons call for: deletes first, then, model by model, texts whose vector is known,
   * then the rest in batches, each saved in a short transaction of its own as soon as it is embedded. No transaction is open
   * while an embedder works. Throws what the embedder throws (`embedding_unavailable`) and `budget_exhausted`; what was
   * saved by then stays.
   */
  apply(comparisons: readonly Comparison[], context: WriteContext): Promise<void>;
}

export function createChunkWriter(deps: ChunkWriterDeps, options: ChunkWriterOptions): ChunkWriter {
  const { vector, budget, log } = deps;
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

  /** A chunk that gets vectors of two models is written twice and counted once. */
  function countSaved(
    pass: ModelPass,
    saved: readonly SavedChunk[],
    { counts, onSaved }: WriteContext,
  ): void {
    const first = saved.filter((chunk) => pass.isFirst.has(keyOf(chunk.table, chunk.sourceId)));
    const created = first.filter((chunk) => chunk.isNew).length;
    counts.chunksNew += created;
    counts.chunksUpdated += first.length - created;
    if (saved.length > 0) onSaved(saved.length);
  }

  /** Saves the chunks whose text is embedded already; resolves to the others. */
  async function reuse(pass: ModelPass, context: WriteContext): Promise<WantedChunk[]> {
    const { lease } = context;
    const rest: WantedChunk[] = [];
    for (let i = 0; i < pass.chunks.length; i += REUSE_PAGE) {
      const page = pass.chunks.slice(i, i + REUSE_PAGE);
      const saved = await writeUnderLease(vector, lease, async (client) => {
        const rows = await saveWithKnownVectors(client, lease.cabinetId, page, pass.embedder.model);
        const isDone = doneBy(rows);
        await copyCuts(client, lease.cabinetId, pass.embedder.model, page.filter(isDone));
        await addToTotal(client, lease.cabinetId, rows.filter((row) => row.isNew).length);
        return rows;
      });
      countSaved(pass, saved, context);
      context.counts.embeddingsReused += saved.length;
      const isDone = doneBy(saved);
      rest.push(...page.filter((chunk) => !isDone(chunk)));
    }
    return rest;
  }

  /** The answer for distinct texts, admitted by the budget, and recorded whatever becomes of it. */
  async function embed(embedder: Embedder, texts: readonly string[], context: WriteContext) {
    const { lease, kind, counts, signal } = context;
    const estimate = embedder.provider === 'local' ? 0 : estimateTokens(texts);
    const { settle } = await budget.admit(lease.cabinetId, kind, estimate);
    try {
      const started = performance.now();
      const result = await embedder.embed(texts, { signal });
      counts.embedMs += performance.now() - started;
      const costUsd = (result.tokens / 1_000_000) * (embedder.usdPerMillionTokens ?? 0);
      counts.embeddingRequests += result.requests;
      counts.embeddingRetries += result.retries;
      counts.textsEmbedded += result.items.filter((item) => 'vector' in item).length;
      counts.tokens += result.tokens;
      counts.costUsd += costUsd;
      const { requests, tokens } = result;
      // The vectors are paid for, so they are kept even when their price cannot be recorded.
      await budget
        .record(lease.cabinetId, embedder.model, { requests, tokens, costUsd })
        .catch((error: unknown) => {
          log.warn({ err: error, cabinetId: lease.cabinetId, tokens }, 'Token usage could not be recorded');
        });
      return result;
    } finally {
      settle();
    }
  }

  /** Embeds one batch of distinct texts and saves every chunk that has one of them. */
  async function embedAndSave(
    pass: ModelPass,
    batch: readonly WantedChunk[][],
    context: WriteContext,
  ): Promise<void> {
    const { lease, counts } = context;
    const { model } = pass.embedder;
    const result = await embed(
      pass.embedder,
      batch.map((same) => same[0]!.text),
      context,
    );
    const vectors = new Map<string, Float32Array>();
    const accepted: WantedChunk[] = [];
    const cuts: CutChunk[] = [];
    const rejected: { chunk: WantedChunk; reason: string }[] = [];
    batch.forEach((same, index) => {
      const item = result.items[index]!;
      if ('vector' in item) {
        vectors.set(same[0]!.hash, item.vector);
        accepted.push(...same);
        const { cut } = item;
        if (cut !== undefined) cuts.push(...same.map((chunk) => cutChunk(chunk, cut)));
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
          : await saveChunks(client, lease.cabinetId, accepted, model, vectors, typeOid);
      await recordCuts(client, lease.cabinetId, model, cuts);
      let deleted = 0;
      for (const { chunk, reason } of rejected) {
        const failure = { reason, model, searched: pass.searched };
        deleted += await recordFailure(client, lease.cabinetId, chunk, failure);
      }
      await addToTotal(client, lease.cabinetId, rows.filter((row) => row.isNew).length - deleted);
      return rows;
    });
    counts.saveMs += performance.now() - saveStarted;
    counts.chunksRejected += rejected.length;
    countSaved(pass, saved, context);
    for (const { chunk, reason } of cuts) {
      const { source, sourceId } = chunk;
      log.warn(
        { cabinetId: lease.cabinetId, source, sourceId, model, reason },
        'A row is embedded by its beginning',
      );
    }
    for (const { chunk, reason } of rejected) {
      pass.refused.add(keyOfChunk(chunk));
      log.warn(
        { cabinetId: lease.cabinetId, source: chunk.source, sourceId: chunk.sourceId, model, reason },
        'A row is not searchable: the embedding provider refused its text',
      );
    }
  }

  async function embedAll(
    pass: ModelPass,
    chunks: readonly WantedChunk[],
    context: WriteContext,
  ): Promise<void> {
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
            model: pass.embedder.model,
            batch: index + 1,
            batches: batches.length,
            chunks: batch.length,
          },
          `Generating embeddings: batch ${index + 1}/${batches.length} (${batch.length} chunks)`,
        );
        try {
          context.signal.throwIfAborted();
          await embedAndSave(pass, batch, context);
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
      context.counts.saveMs += performance.now() - started;
      const toWrite = comparisons.flatMap((comparison) => comparison.write);
      const refused = new Set<string>();
      if (context.embedders.length === 0 && toWrite.length > 0) throw modelUnavailable(context.searchModel);
      for (const embedder of context.embedders) {
        const pass = planPass(embedder, embedder.model === context.searchModel, toWrite, refused);
        const reuseStarted = performance.now();
        const rest = await reuse(pass, context);
        context.counts.saveMs += performance.now() - reuseStarted;
        await embedAll(pass, rest, context);
      }
    },
  };
}

function cutChunk(chunk: WantedChunk, { chars, reason }: { chars: number; reason: string }): CutChunk {
  const said = `Only the first ${chars} of ${chunk.text.length} characters are embedded, because ${reason}. By its words the whole text is found.`;
  return { chunk, embeddedChars: chars, reason: said.replace(/\.+(?= By)/, '.') };
}

/** Whether a chunk is among those that were saved. */
function doneBy(saved: readonly SavedChunk[]): (chunk: WantedChunk) => boolean {
  const done = new Set(saved.map((row) => keyOf(row.table, row.sourceId)));
  return (chunk) => done.has(keyOfChunk(chunk));
}
