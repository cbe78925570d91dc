import { hostname } from 'node:os';
import type { Embedder } from '../embedding/embedder.ts';
import type { Embedders } from '../embedding/embedders.ts';
import type { WriteContext } from './chunk-writer.ts';
import type { CabinetModels, Lease, LeaseRequest } from './lease.ts';
import { emptyCounts } from './runs.ts';

const OWNER = `${hostname()}:${process.pid}`;

/** How the runs of this process take a lease. */
export function leaseRequestOf(embedders: Embedders, textsVersion: string): LeaseRequest {
  return { owner: OWNER, configuredModel: embedders.configured.model, textsVersion };
}

/** What a run that has the lease of a cabinet writes with: the embedders of the cabinet's models, and no counts yet. */
export function createWriteContext(
  embedders: Embedders,
  lease: Lease,
  models: CabinetModels,
  run: Pick<WriteContext, 'kind' | 'signal' | 'onSaved'>,
): WriteContext {
  const available = availableOf(embedders, models);
  return {
    lease,
    searchModel: models.search,
    models: available.length > 0 ? available.map(({ model }) => model) : [models.search],
    embedders: available,
    counts: emptyCounts(),
    ...run,
  };
}

/**
 * Without the searched model's embedder, changes are embedded by the next one alone: they are found when it is switched to,
 * which nothing should hold up.
 */
function availableOf(embedders: Embedders, { search, next }: CabinetModels): Embedder[] {
  return [search, next].flatMap((model) => {
    const embedder = model === undefined ? undefined : embedders.of(model);
    return embedder === undefined ? [] : [embedder];
  });
}
