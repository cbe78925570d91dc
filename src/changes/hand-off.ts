import type { Database } from '../database/pool.ts';
import type { Events } from '../events.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Log } from '../log.ts';
import { announceJob } from './announce.ts';
import { foldChanges, toPayloads } from './batches.ts';
import { captureQuotingRows, claimChanges } from './queries.ts';
import { summarizeChanges } from './summarize-changes.ts';

export interface HandOffDeps {
  main: Database;
  jobs: Jobs;
  events: Events;
  log: Log;
}

export interface HandOffResult {
  /** Outbox rows claimed. */
  claimed: number;
  /** Highest outbox id claimed, or `undefined` when there was none. */
  lastId: string | undefined;
  /** There may be more to claim right now. */
  more: boolean;
}

/** Renamed products looked up in one statement: a catalogue renamed at once must not run into the statement's timeout. */
const NAMES_PAGE = 1000;

/**
 * Turns outbox rows into jobs: claim, fold and send in ONE transaction. Whatever happens, either the changes are still in
 * the outbox or their jobs are in the queue.
 */
export async function handOffChanges(
  deps: HandOffDeps,
  options: { after: string; limit: number; maxIdsPerJob: number },
): Promise<HandOffResult> {
  const handedOff = await deps.main.transaction(async (client) => {
    const changes = await claimChanges(client, options.after, options.limit);
    if (changes.length === 0) return undefined;
    const folded = foldChanges(changes);
    let captured = 0;
    for (const [cabinetId, nmIds] of folded.productNames) {
      const all = [...nmIds];
      for (let i = 0; i < all.length; i += NAMES_PAGE) {
        captured += await captureQuotingRows(client, cabinetId, all.slice(i, i + NAMES_PAGE));
      }
    }
    const payloads = toPayloads(folded, options.maxIdsPerJob);
    const jobIds = payloads.length === 0 ? [] : await deps.jobs.sendRagIndex(payloads, { executor: client });
    return { changes, folded, captured, payloads, jobIds };
  });
  if (handedOff === undefined) return { claimed: 0, lastId: undefined, more: false };

  const { changes, folded, captured, payloads, jobIds } = handedOff;
  let lastId = 0n;
  let oldest = Infinity;
  for (const change of changes) {
    if (BigInt(change.id) > lastId) lastId = BigInt(change.id);
    oldest = Math.min(oldest, change.capturedAt.getTime());
  }
  deps.events.emit('changesClaimed', {
    changes: changes.length,
    oldestCapturedAt: new Date(oldest),
    cabinets: summarizeChanges(changes, folded),
  });
  payloads.forEach((payload, index) => {
    announceJob(deps, payload, jobIds[index] ?? '');
  });
  return {
    claimed: changes.length,
    lastId: String(lastId),
    more: captured > 0 || changes.length === options.limit,
  };
}
