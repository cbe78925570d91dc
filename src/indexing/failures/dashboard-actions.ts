import { isAppError } from '../../errors.ts';
import { findDeadLettersOf, forgetRetriedDeadLetters } from '../../jobs/dead-jobs-queries.ts';
import { readJobState, restoreRetryLimit } from '../../jobs/queries.ts';
import { RAG_INDEX_QUEUE, ragIndexPayloadSchema } from '../../jobs/queues.ts';
import { jobId } from './failure.ts';
import { retryFailure, type RetryDeps } from './retry.ts';

/** What somebody does to a job by hand, in the dashboard of pg-boss. */
export interface DashboardAction {
  queue: string;
  jobId: string;
  /** `retry`, `cancel`, `resume` or `delete`. */
  intent: string;
}

export interface DashboardRuling {
  /** It must not be done: why, for the person who tried. */
  refusal?: string;
  /** Must be called after the action was done. */
  settle?: () => Promise<void>;
}

/** Others name no job; what the dashboard says of them is for it to say. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type DashboardActionRule = (action: DashboardAction) => Promise<DashboardRuling>;

/**
 * pg-boss knows nothing of what its jobs mean here:
 *
 * - Changes that were handed off are in their job and nowhere else. Without it the index would be out of date until the next
 *   full rebuild, so an unfinished job of `rag-index` is neither cancelled nor deleted.
 * - A job that failed for good has a copy among the dead letters, which is what `wb-assist failures` lists. When it is
 *   retried the copy goes; otherwise it would be listed, and retried, although it is done.
 */
export function createDashboardActionRule(deps: RetryDeps): DashboardActionRule {
  return async (action) => {
    if (!UUID.test(action.jobId)) return {};
    if (action.intent === 'retry') return { settle: await prepareRetry(deps, action) };
    const loses = action.intent === 'cancel' || action.intent === 'delete';
    if (action.queue !== RAG_INDEX_QUEUE || !loses) return {};
    const state = await readJobState(deps.main.pool, action.queue, action.jobId);
    if (state === undefined || state === 'completed' || state === 'failed') return {};
    return {
      refusal:
        'Not done: this job is the only record of changes that are to be indexed. Let it run; if it fails for good it is listed by wb-assist failures.',
    };
  };
}

async function prepareRetry(
  deps: RetryDeps,
  { queue, jobId: failedJobId }: DashboardAction,
): Promise<() => Promise<void>> {
  const { main } = deps;
  // Reads the dead letters before the retry, because a retry that fails at once leaves a new one.
  const dead = await findDeadLettersOf(main.pool, queue, failedJobId);
  return async () => {
    await restoreRetryLimit(main.pool, queue, failedJobId);
    if (dead.length === 0 || (await readJobState(main.pool, queue, failedJobId)) === 'failed') return;
    const ids: string[] = [];
    for (const { id, data } of dead) {
      // A slice alone does nothing any more: its rebuild was given up with it, and begins anew.
      if (ragIndexPayloadSchema.safeParse(data).data?.rebuild === undefined) ids.push(id);
      else await retryFailure(deps, jobId(id)).catch(ignoreRetried);
    }
    if (ids.length > 0) await forgetRetriedDeadLetters(main.pool, queue, failedJobId, ids);
  };
}

/** Ignores that somebody else has retried it meanwhile. */
function ignoreRetried(error: unknown): void {
  if (!isAppError(error, 'failure_not_found')) throw error;
}
