import type { Config } from '../config.ts';
import { createSearch, type Search, type SearchDeps } from './search.ts';

/** The search, as the configuration asks for it. */
export function createConfiguredSearch(config: Config, deps: SearchDeps): Search {
  return createSearch(deps, {
    concurrency: config.SEARCH_CONCURRENCY,
    timeZone: config.CABINET_TIME_ZONE,
    defaultLimit: config.RAG_MAX_CHUNKS,
    minSimilarity: config.RAG_SIMILARITY_THRESHOLD,
  });
}
