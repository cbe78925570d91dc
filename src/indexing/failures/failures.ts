import type { FailureCounts } from './failure.ts';
import { countFailures, listFailures, type FailurePage, type FailureQuery } from './list.ts';
import { retryAllFailures, retryFailure, type Retried, type RetryDeps } from './retry.ts';

/** What failed for good, for whoever looks and tries again. */
export interface Failures {
  list(query: FailureQuery): Promise<FailurePage>;
  /** Of a cabinet or, without one, of all. */
  count(cabinetId?: number): Promise<FailureCounts>;
  /** Throws `failure_not_found`. */
  retry(id: string): Promise<Retried>;
  retryAll(cabinetId?: number): Promise<Retried>;
}

export function createFailures(deps: RetryDeps): Failures {
  return {
    list: (query) => listFailures(deps, query),
    count: (cabinetId) => countFailures(deps, cabinetId),
    retry: (id) => retryFailure(deps, id),
    retryAll: (cabinetId) => retryAllFailures(deps, cabinetId),
  };
}
