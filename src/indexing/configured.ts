import type { Config } from '../config.ts';
import type { Database } from '../database/pool.ts';
import type { Embedders } from '../embedding/embedders.ts';
import type { Events } from '../events.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { createIndexer } from './indexer.ts';
import { createReconciler } from './reconciler.ts';
import { createRebuildKeeper } from './rebuild/keeper.ts';
import { createRebuilder } from './rebuild/rebuilder.ts';
import { createWeeklyRebuild } from './rebuild/weekly.ts';
import { textsVersionOf } from './sources/texts-version.ts';
import { createTokenBudget } from './token-budget.ts';
import { createIndexWorker } from './worker.ts';

export interface IndexingDeps {
  main: Database;
  vector: Database;
  jobs: Jobs;
  embedders: Embedders;
  events: Events;
  log: Log;
}

/** What indexes, as the configuration asks for it: the worker of the queue, and who looks after rebuilds. */
export function createConfiguredIndexing(
  config: Config,
  deps: IndexingDeps,
): { worker: Service; keeper: Service } {
  const { vector, embedders, log } = deps;
  const textsVersion = textsVersionOf(config.RAG_WINDOW_DAYS);
  const windowDays = config.RAG_WINDOW_DAYS;
  const batchSize = config.RAG_EMBEDDING_BATCH_SIZE;
  const concurrency = config.RAG_EMBEDDING_CONCURRENCY;
  const budget = createTokenBudget(vector, config.RAG_DAILY_TOKEN_BUDGET);
  const reconciler = createReconciler({ ...deps, budget }, { windowDays, batchSize, concurrency });
  const maxDifferences = batchSize * concurrency;
  const rebuilder = createRebuilder({ ...deps, reconciler }, { textsVersion, windowDays, maxDifferences });
  const worker = createIndexWorker(
    {
      ...deps,
      indexer: createIndexer({ ...deps, reconciler }, { textsVersion }),
      rebuilder,
      weeklyRebuild: createWeeklyRebuild(deps),
      log,
    },
    config.RAG_WORKER_CONCURRENCY,
  );
  const intent = { configuredModel: embedders.configured.model, textsVersion };
  return { worker, keeper: createRebuildKeeper(deps, intent) };
}
