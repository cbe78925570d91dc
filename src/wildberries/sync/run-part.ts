import type { Database } from '../../database/pool.ts';
import { isAppError, messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { nameCabinet } from '../cabinet-token.ts';
import { writeUnderSyncLease, type SyncLease } from './lease.ts';
import { createPartContext } from './part-context.ts';
import { outcomeOfFault, type PartOutcome } from './part-outcome.ts';
import { partFor } from './parts.ts';
import { endPart, startPart } from './queries.ts';
import type { Session } from './session.ts';
import type { PartLog, SyncRun } from './sync-run.ts';

/** Faults and reports in the making are waited for less than this; only limits take longer. */
const LONG_WAIT_MS = 60_000;

export interface RunPartDeps {
  main: Database;
  log: Log;
  lease: SyncLease;
  run: SyncRun;
  session: Session;
}

/**
 * Runs a part as far as it may go now and records how it ended, so that a part that fails does not hold up the others.
 * Rejects when the fault is not of this part alone.
 */
export async function runPart({ main, log, lease, run, session }: RunPartDeps, part: PartLog): Promise<void> {
  const { cabinetId } = lease;
  const { token, client, signal } = session;
  // Limits are kept by the client, which knows them better than what was true for the key of before.
  const waitMs = (part.nextAttemptAt?.getTime() ?? 0) - Date.now();
  const isPause = part.attempts > 0 || waitMs < LONG_WAIT_MS;
  if (waitMs > 0 && isPause && !session.hurries) return;
  const { run: runIt } = partFor(part.part, token.type);
  let attempts = part.attempts;
  let outcome: PartOutcome;
  try {
    await writeUnderSyncLease(main, lease, (tx) => startPart(tx, run.id, part.part));
    const context = createPartContext({
      main,
      lease,
      run,
      part,
      client,
      signal,
      log,
      onFurther: () => (attempts = 0),
    });
    const result = await runIt(context);
    if (result.done && context.refusal !== undefined) throw context.refusal;
    outcome = result.done
      ? { status: 'completed', errorMessage: null, retryAt: undefined, attempts: 0 }
      : {
          status: 'waiting',
          errorMessage: result.reason,
          retryAt: new Date(Date.now() + result.retryAfterMs),
          attempts: 0,
        };
  } catch (error) {
    if (signal.aborted) throw error;
    const found = outcomeOfFault(error, attempts, new Date());
    if (found === undefined) throw error;
    outcome = found;
    if (outcome.status === 'failed') {
      const fields = { cabinetId, runId: run.id, part: part.part, err: error };
      const message = `WB sync of ${part.part} failed for cabinet ${cabinetId}: ${nameCabinet(messageOf(error), cabinetId)}`;
      // The seller can mend what Wildberries refuses. An error that is no AppError is a fault of this program.
      if (isAppError(error)) log.warn(fields, message);
      else log.error(fields, message);
    }
  }
  const { status, retryAt } = outcome;
  const errorMessage = outcome.errorMessage === null ? null : nameCabinet(outcome.errorMessage, cabinetId);
  await writeUnderSyncLease(main, lease, (tx) =>
    endPart(tx, run.id, part.part, {
      status,
      errorMessage,
      nextAttemptAt: retryAt ?? null,
      attempts: outcome.attempts,
    }),
  );
}
