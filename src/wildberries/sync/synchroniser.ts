import { createHash } from 'node:crypto';
import { sealStoredTokens } from '../../cabinets/tokens/stored-tokens.ts';
import type { TokenVault } from '../../cabinets/tokens/token-vault.ts';
import type { Database } from '../../database/pool.ts';
import { toDatabaseError } from '../../database/sqlstate.ts';
import { AppError, isAppError } from '../../errors.ts';
import type { Events } from '../../events.ts';
import type { Log } from '../../log.ts';
import type { WbClient } from '../client/client.ts';
import { nameCabinet, type ReadCabinetToken } from '../cabinet-token.ts';
import type { WbToken } from '../token.ts';
import {
  acquireSyncLease,
  releaseSyncLease,
  syncLeaseLost,
  writeUnderSyncLease,
  type SyncLease,
} from './lease.ts';
import { keepLease } from './keep-lease.ts';
import { deferredParts } from './deferred-parts.ts';
import { dueParts } from './due-parts.ts';
import { PART_NAMES, partFor } from './parts.ts';
import { runPart } from './run-part.ts';
import type { Session } from './session.ts';
import {
  continueRun,
  createRun,
  endPart,
  endRun,
  findLastRun,
  findOpenRun,
  forgetProgress,
  pruneRuns,
  readCursor,
  readParts,
  readSyncCabinet,
  saveCursor,
} from './queries.ts';
import { describeParts, summarizeRun } from './run-summary.ts';
import { ENDED_STATUSES, type PartLog, type RunTrigger, type SyncRun } from './sync-run.ts';

export interface SynchroniserDeps {
  main: Database;
  events: Events;
  log: Log;
  vault: TokenVault;
  tokenOf: ReadCabinetToken;
  createClient(token: WbToken): WbClient;
  /** Cursors are kept per seller and origin: the cursor of a simulated shop means nothing for the real one. */
  origin: 'live' | 'simulator';
}

export interface SyncRequest {
  trigger: RunTrigger;
  /** Goes on with an open run, and begins none. */
  continueOnly?: boolean;
  /** When somebody asked for it: a run that began about then, with the same key, is what was asked for. */
  requestedAt?: Date;
  /** Who does it, for people who look at the lease. */
  owner: string;
  signal: AbortSignal;
}

/**
 * `busy`: another process is at it. `nothing`: there is nothing to do now. `waiting`: limits or faults of Wildberries make
 * the rest wait until then. `deferredUntil`: when a scheduled run may take the first of the parts along that this one left.
 */
export type SyncOutcome =
  | { status: 'busy' | 'nothing' }
  | { status: 'waiting'; nextAttemptAt: Date; run: SyncRun }
  | { status: 'completed' | 'partial' | 'failed'; run: SyncRun; deferredUntil?: Date };

export interface Synchroniser {
  /**
   * Synchronises a cabinet as far as it may go now: goes on with its open run, or begins one. A scheduled run takes the
   * parts whose limits allow them about now, any other takes all. Safe to repeat: a run that was cut off goes on from its
   * last saved page. Rejects when the database is away or `signal` is aborted; the run stays open then.
   */
  run(cabinetId: number, request: SyncRequest): Promise<SyncOutcome>;
}

const KEEP_RUNS_DAYS = 90;
/** A run that was under way when somebody asked, and had begun so shortly before, is what was asked for. */
const ASKED_TOGETHER_MS = 10_000;

/**
 * A run is a row of `wb_sync_runs`, its parts are rows of `wb_sync_logs`. A run is in one of these states
 * (docs/architecture.md has a drawing):
 *
 * - `running`: a job has the cabinet's lease and takes the parts that have not ended, one after another.
 * - `waiting`: a part has to wait for a limit, a report or a pause after a fault. The job has ended; another is sent for the
 *   earliest of these times, and makes it `running` again. So does a request, which waits for no pause after a fault.
 * - `completed`: every part is. `partial`: some are; the others failed, are not permitted to the token, or are left to a
 *   later run. `failed`: none is, or the token cannot be used.
 *
 * A process that is told to stop, or loses its database, leaves the run `waiting`, due at once, and its job goes back to the
 * queue. One that is killed leaves it `running`: its lease runs out after 15 s, from then on the run is shown as waiting, and
 * the queue gives its job to another process. That one goes on with the parts that have not ended, each from its last saved
 * page.
 */
export function createSynchroniser(deps: SynchroniserDeps): Synchroniser {
  const { main, events, log } = deps;

  async function run(cabinetId: number, request: SyncRequest): Promise<SyncOutcome> {
    const cabinet = await readSyncCabinet(main.pool, cabinetId);
    if (cabinet === undefined || !cabinet.isActive) return { status: 'nothing' };
    const lease = await acquireSyncLease(main.pool, cabinetId, request.owner);
    if (lease === undefined) return { status: 'busy' };
    const kept = keepLease(main, lease, request.signal);
    try {
      return await runUnderLease(lease, cabinet.apiKey, { ...request, signal: kept.signal });
    } catch (error) {
      // A cabinet that was deleted meanwhile has nothing left to synchronise, whatever the error was.
      const isGone = (await readSyncCabinet(main.pool, cabinetId).catch(() => null)) === undefined;
      if (isGone) return { status: 'nothing' };
      // A lost lease aborts the work, so it is the real reason for the error.
      if (kept.isLost() || isAppError(error, 'lease_lost')) throw syncLeaseLost(cabinetId);
      await leaveOpen(lease);
      throw error;
    } finally {
      kept.stop();
      await releaseSyncLease(main.pool, lease).catch((error: unknown) => {
        log.debug({ cabinetId, err: error }, 'A sync lease was not released; it runs out by itself');
      });
    }
  }

  /** Best effort: marks a run that was cut off as waiting, so that it does not look as if it still ran. */
  async function leaveOpen(lease: SyncLease): Promise<void> {
    const end = { status: 'waiting', errorMessage: null, nextAttemptAt: new Date() } as const;
    await writeUnderSyncLease(main, lease, async (tx) => {
      const open = await findOpenRun(tx, lease.cabinetId);
      if (open !== undefined) await endRun(tx, open.id, end);
    }).catch((error: unknown) => {
      log.debug({ cabinetId: lease.cabinetId, err: error }, 'A sync that was cut off could not say so');
    });
  }

  async function runUnderLease(lease: SyncLease, stored: string, request: SyncRequest): Promise<SyncOutcome> {
    const { cabinetId } = lease;
    const open = await findOpenRun(main.pool, cabinetId);
    if (open === undefined && request.continueOnly === true) return { status: 'nothing' };
    let token: WbToken;
    try {
      // Encrypts whatever was written by hand: text that is no valid token may still be a secret.
      await sealStoredTokens(main.pool, deps.vault, cabinetId);
      token = deps.tokenOf(cabinetId, deps.vault.open(cabinetId, stored));
    } catch (error) {
      if (!isAppError(error)) throw error;
      return await failAtOnce(lease, open, request.trigger, error);
    }
    const hurries = request.trigger !== 'schedule' && request.continueOnly !== true;
    const session = { token, client: deps.createClient(token), signal: request.signal, hurries };
    // Expired: nothing may be asked for, and a scheduled run would find nothing to do, without a word.
    const refusal = session.client.permission(partFor(PART_NAMES[0], token.type).endpoint);
    if (refusal !== 'allowed' && refusal.code === 'wb_token_invalid')
      return await failAtOnce(lease, open, request.trigger, new AppError(refusal.code, refusal.reason));
    const isSameKey = await adoptKey(lease, token);
    if (open === undefined && isSameKey && (await hasBegunSince(cabinetId, request.requestedAt)))
      return { status: 'nothing' };
    const run = open ?? (await beginRun(lease, session, request.trigger));
    if (run === undefined) return { status: 'nothing' };
    if (open !== undefined) {
      log.info({ cabinetId, runId: run.id }, `Continuing WB sync for cabinet ${cabinetId}`);
      await writeUnderSyncLease(main, lease, (tx) => continueRun(tx, run.id));
    }
    for (const part of await readParts(main.pool, run.id)) {
      if (!ENDED_STATUSES.has(part.status)) await runPart({ main, log, lease, run, session }, part);
    }
    return await finish(lease, run);
  }

  /** The key cannot be used: records a failed run with the reason, so that a person finds it. */
  async function failAtOnce(
    lease: SyncLease,
    open: SyncRun | undefined,
    trigger: RunTrigger,
    error: AppError,
  ): Promise<SyncOutcome> {
    const run =
      open ?? (await writeUnderSyncLease(main, lease, (tx) => createRun(tx, lease.cabinetId, trigger, [])));
    const errorMessage = nameCabinet(error.message, lease.cabinetId);
    const end = { status: 'failed', errorMessage, nextAttemptAt: null } as const;
    await writeUnderSyncLease(main, lease, (tx) => endRun(tx, run.id, end));
    return ended({ ...run, ...end }, []);
  }

  /**
   * Cursors say how far one seller was read: behind a key of another one everything is new. Resolves to whether the key is
   * the one of the last run.
   */
  async function adoptKey(lease: SyncLease, { sellerId, raw }: WbToken): Promise<boolean> {
    const { cabinetId } = lease;
    const seller = `${deps.origin} ${sellerId}`;
    const knownSeller = await readCursor(main.pool, cabinetId, 'seller');
    // Tells keys apart, and says nothing of them.
    const key = createHash('sha256').update(raw).digest('hex').slice(0, 16);
    const isSameKey = (await readCursor(main.pool, cabinetId, 'key')) === key;
    if (isSameKey && knownSeller === seller) return true;
    await writeUnderSyncLease(main, lease, async (tx) => {
      if (knownSeller !== seller) await forgetProgress(tx, cabinetId);
      await saveCursor(tx, cabinetId, 'seller', seller);
      await saveCursor(tx, cabinetId, 'key', key);
    });
    if (typeof knownSeller === 'string' && knownSeller !== seller) {
      const what = knownSeller.endsWith(` ${sellerId}`)
        ? `Cabinet ${cabinetId} is synchronised with ${deps.origin === 'live' ? 'Wildberries itself' : 'a simulator'} now`
        : `The key of cabinet ${cabinetId} is of another seller`;
      log.warn({ cabinetId }, `${what}: everything is read anew`);
    }
    return false;
  }

  /** Several who ask at once are served by one run. */
  async function hasBegunSince(cabinetId: number, requestedAt: Date | undefined): Promise<boolean> {
    if (requestedAt === undefined) return false;
    const last = await findLastRun(main.pool, cabinetId);
    if (last === undefined) return false;
    const wasUnderWay = last.finishedAt === null || last.finishedAt > requestedAt;
    return wasUnderWay && last.startedAt.getTime() >= requestedAt.getTime() - ASKED_TOGETHER_MS;
  }

  async function beginRun(
    lease: SyncLease,
    session: Session,
    trigger: RunTrigger,
  ): Promise<SyncRun | undefined> {
    const parts = trigger === 'schedule' ? await dueParts(session) : PART_NAMES;
    if (parts.length === 0) return undefined;
    const { cabinetId } = lease;
    const run = await writeUnderSyncLease(main, lease, (tx) => createRun(tx, cabinetId, trigger, parts));
    log.info({ cabinetId, runId: run.id, trigger, parts }, `Starting WB sync for cabinet ${cabinetId}`);
    events.emit('syncStarted', { cabinetId, runId: run.id, trigger });
    await pruneRuns(main.pool, cabinetId, KEEP_RUNS_DAYS);
    return run;
  }

  async function finish(lease: SyncLease, run: SyncRun): Promise<SyncOutcome> {
    let parts = await readParts(main.pool, run.id);
    const deferred = deferredParts(parts, new Date());
    for (const { part, errorMessage, nextAttemptAt } of deferred) {
      const end = { status: 'deferred', errorMessage, nextAttemptAt, attempts: 0 } as const;
      await writeUnderSyncLease(main, lease, (tx) => endPart(tx, run.id, part, end));
    }
    if (deferred.length > 0) parts = await readParts(main.pool, run.id);
    const end = summarizeRun(parts);
    await writeUnderSyncLease(main, lease, (tx) => endRun(tx, run.id, end));
    return ended({ ...run, ...end }, parts);
  }

  function ended(run: SyncRun, parts: readonly PartLog[]): SyncOutcome {
    const { cabinetId, status } = run;
    const fields = { cabinetId, runId: run.id, status, ...describeParts(parts) };
    const why = run.errorMessage === null ? '' : `: ${run.errorMessage}`;
    if (run.status === 'waiting' && run.nextAttemptAt !== null) {
      const at = run.nextAttemptAt.toISOString();
      log.info({ ...fields, nextAttemptAt: at }, `WB sync for cabinet ${cabinetId} waits until ${at}${why}`);
      return { status: 'waiting', nextAttemptAt: run.nextAttemptAt, run };
    }
    if (status === 'completed') log.info(fields, `WB sync completed for cabinet ${cabinetId}`);
    else if (status === 'partial')
      log.warn(fields, `WB sync partially completed for cabinet ${cabinetId}${why}`);
    else log.warn(fields, `WB sync failed for cabinet ${cabinetId}${why}`);
    const durationMs = Math.max(0, Date.now() - run.startedAt.getTime());
    events.emit('syncEnded', { cabinetId, runId: run.id, status, durationMs });
    const deferred = parts.flatMap(({ status: of, nextAttemptAt: at }) =>
      of === 'deferred' && at !== null ? [at.getTime()] : [],
    );
    return {
      status: status as 'completed' | 'partial' | 'failed',
      run,
      ...(deferred.length === 0 ? {} : { deferredUntil: new Date(Math.min(...deferred)) }),
    };
  }

  return {
    async run(cabinetId, request) {
      try {
        return await run(cabinetId, request);
      } catch (error) {
        throw toDatabaseError(error, main.label);
      }
    },
  };
}
