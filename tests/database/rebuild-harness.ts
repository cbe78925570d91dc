import type { Embedder } from '../../src/embedding/embedder.ts';
import { createEmbeddersFrom, type Embedders } from '../../src/embedding/embedders.ts';
import { insertRebuild, readRebuild, type Rebuild } from '../../src/indexing/rebuild/queries.ts';
import type { SliceOutcome } from '../../src/indexing/rebuild/end-slice.ts';
import { createRebuilder, type Rebuilder } from '../../src/indexing/rebuild/rebuilder.ts';
import { silentLog } from '../../src/log.ts';
import {
  assembleIndexing,
  createIndexerHarness,
  TEXTS_VERSION,
  type IndexerHarness,
} from './indexer-harness.ts';

export interface RebuildHarness extends IndexerHarness {
  readonly rebuilder: Rebuilder;
  /** Opens a rebuild and does its slices to the end, or as many as said. Resolves to it as it is then. */
  readonly rebuild: (cabinetId: number, options?: RebuildOptions) => Promise<Rebuild>;
  readonly runSlice: (rebuild: Rebuild, signal?: AbortSignal) => Promise<SliceOutcome>;
}

export interface RebuildOptions {
  model?: string;
  /** Slices to do; all unless told. */
  slices?: number;
  /** Called after each slice that is not the last. */
  between?: () => Promise<void>;
}

/** A rebuilder beside the indexer of the harness, on the same database. */
export async function createRebuildHarness(
  options: {
    batchSize?: number;
    concurrency?: number;
    maxDifferences?: number;
    dailyTokens?: number;
    embedders?: (configured: Embedder) => Embedders;
    textsVersion?: string;
  } = {},
): Promise<RebuildHarness> {
  const { batchSize = 100, concurrency = 1 } = options;
  const harness = await createIndexerHarness({ batchSize, concurrency });
  const { main, embedder, events } = harness;
  const embedders = (options.embedders ?? createEmbeddersFrom)(embedder);
  const deps = { main, vector: main, embedders, events, log: silentLog() };
  const { dailyTokens } = options;
  const { reconciler } = assembleIndexing(deps, { batchSize, concurrency, dailyTokens });
  const rebuilder = createRebuilder(
    { ...deps, reconciler },
    {
      textsVersion: options.textsVersion ?? TEXTS_VERSION,
      windowDays: 90,
      maxDifferences: options.maxDifferences ?? batchSize * concurrency,
    },
  );
  const read = async (rebuild: Rebuild) =>
    (await readRebuild(main.pool, rebuild.cabinetId, rebuild.id)) ?? rebuild;
  const runSlice: RebuildHarness['runSlice'] = (
    { cabinetId, id, slice },
    signal = new AbortController().signal,
  ) => rebuilder.runSlice({ cabinetId, jobId: `slice-${slice}`, rebuildId: id, slice, signal });

  return {
    ...harness,
    rebuilder,
    runSlice,
    async rebuild(cabinetId, { model, slices = Infinity, between } = {}) {
      let rebuild = (await insertRebuild(main.pool, cabinetId, 'request', model ?? null))!;
      for (let done = 0; done < slices; done += 1) {
        const outcome = await runSlice(rebuild);
        rebuild = await read(rebuild);
        if (outcome.status !== 'more') return rebuild;
        await between?.();
      }
      return rebuild;
    },
  };
}
