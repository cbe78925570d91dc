import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { createEventRecorder } from '../activity/recorder.ts';
import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { readTokenKeys } from '../cabinets/tokens/token-keys.ts';
import { createTokenVault } from '../cabinets/tokens/token-vault.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { AppError, isAppError, messageOf } from '../errors.ts';
import { createEvents } from '../events.ts';
import { createJobs } from '../jobs/jobs.ts';
import type { WbSyncPayload } from '../jobs/queues.ts';
import { silentLog } from '../log.ts';
import type { Database } from '../database/pool.ts';
import { locateWbApi } from '../simulator/locate-wb-api.ts';
import { createConfiguredSynchroniser } from '../wildberries/configured.ts';
import { readSyncCabinet } from '../wildberries/sync/queries.ts';
import { readSyncState } from '../wildberries/sync/request-sync.ts';
import type { SyncOutcome, Synchroniser } from '../wildberries/sync/synchroniser.ts';
import { openDatabases } from './databases.ts';
import { readConfig, TOKEN_KEY_FILE } from './environment.ts';
import { parseCabinet } from './status.ts';
import { createSyncProgress, type SyncProgress } from './sync-progress.ts';

/** A wait for a limit that is at most so long is waited for here; a longer one is left to the service. */
const MAX_WAIT_MS = 2 * 60_000;
const POLL_MS = 200;

/** Synchronises one cabinet in this process, or follows the process that does. Resolves to the exit code. */
export async function sync(cabinet: string, options: { json?: true }): Promise<number> {
  const cabinetId = parseCabinet(cabinet);
  const config = readConfig();
  const log = silentLog();
  const databases = await openDatabases(config, log);
  const { main } = databases;
  const { location, simulator } = locateWbApi(config, log);
  const events = createEvents();
  const recorder = createEventRecorder({ main, events, log });
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupted.abort());
  try {
    await requireActiveCabinet(main, cabinetId);
    await simulator?.start();
    await recorder.start();
    const place = location();
    const progress = createSyncProgress(cabinetId, { quiet: options.json === true });
    progress.say(
      place.kind === 'live'
        ? 'Synchronising with Wildberries.'
        : `Synchronising with the Wildberries simulator (${place.url}), not with Wildberries itself.`,
    );
    const synchroniser = createConfiguredSynchroniser(config, {
      location: place,
      main,
      vault: createTokenVault(() => readTokenKeys(config, TOKEN_KEY_FILE)),
      events,
      log,
    });
    const outcome = await runToTheEnd(main, synchroniser, cabinetId, progress, interrupted.signal);
    if (outcome?.status === 'waiting')
      await handOverToService(main, cabinetId, outcome.nextAttemptAt, { continue_only: true }, progress);
    else if (outcome !== undefined && 'deferredUntil' in outcome)
      await handOverToService(main, cabinetId, outcome.deferredUntil, { trigger: 'schedule' }, progress);
    const state = await readSyncState(main, cabinetId);
    if (options.json === true) console.log(JSON.stringify(state, undefined, 2));
    return state.run?.status === 'failed' || state.parts.some(({ status }) => status === 'failed') ? 1 : 0;
  } catch (error) {
    if (!interrupted.signal.aborted) throw toDatabaseError(error, main.label);
    console.error('\nInterrupted. The next sync goes on from here.');
    return 130;
  } finally {
    await simulator?.stop(1_000);
    await recorder.stop(1_000);
    await databases.close();
  }
}

async function requireActiveCabinet(main: Database, cabinetId: number): Promise<void> {
  const cabinet = await readSyncCabinet(main.pool, cabinetId);
  if (cabinet === undefined) throw cabinetNotFound(cabinetId);
  if (!cabinet.isActive) throw new AppError('cabinet_inactive', `Cabinet ${cabinetId} is switched off.`);
}

/** Until the run has ended, or has to wait for longer than anybody watches. */
async function runToTheEnd(
  main: Database,
  synchroniser: Synchroniser,
  cabinetId: number,
  progress: SyncProgress,
  signal: AbortSignal,
): Promise<SyncOutcome | undefined> {
  const request = { trigger: 'command', owner: `wb-assist sync on ${hostname()}`, signal } as const;
  const watching = new AbortController();
  const watched = watch(main, cabinetId, progress, watching.signal);
  try {
    for (let continueOnly = false; ; continueOnly = true) {
      const outcome = await synchroniser.run(cabinetId, { ...request, continueOnly });
      if (outcome.status === 'busy') {
        progress.say('Another process synchronises this cabinet; this is how far it is.');
        await delay(POLL_MS * 5, undefined, { signal });
      } else if (outcome.status === 'waiting') {
        const waitMs = outcome.nextAttemptAt.getTime() - Date.now();
        if (waitMs > MAX_WAIT_MS) return outcome;
        await delay(Math.max(waitMs, 0), undefined, { signal });
      } else {
        return outcome;
      }
    }
  } finally {
    watching.abort();
    await watched;
    progress.stop();
  }
}

/** Shows what the tables say of the run, whoever does it. */
async function watch(
  main: Database,
  cabinetId: number,
  progress: SyncProgress,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = new Date();
  for (;;) {
    // Before the state is read: what is read last has to be of the end.
    const isLast = signal.aborted;
    const state = await readSyncState(main, cabinetId).catch((error: unknown) => {
      progress.say(`How far it is cannot be read: ${messageOf(error)}`);
      return undefined;
    });
    const isOurs = (state?.run?.finishedAt ?? new Date()) >= startedAt;
    if (state !== undefined && isOurs) progress.show(state);
    if (isLast) return;
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** The job goes on when a limit allows it, hours later perhaps. */
async function handOverToService(
  main: Database,
  cabinetId: number,
  startAt: Date,
  job: Partial<WbSyncPayload>,
  progress: SyncProgress,
): Promise<void> {
  const jobs = createJobs({
    connectionString: main.connectionString,
    maxConnections: 2,
    supervise: false,
    schedules: [],
    log: silentLog(),
  });
  const at = startAt.toISOString();
  try {
    await jobs.start();
    const startAfterSeconds = Math.max(1, Math.ceil((startAt.getTime() - Date.now()) / 1000));
    await jobs.sendWbSync({ cabinet_id: cabinetId, trigger: 'command', ...job }, { startAfterSeconds });
    progress.say(
      `The rest has to wait until ${at}. The service goes on with it then, if it runs (npm start).`,
    );
  } catch (error) {
    if (!isAppError(error)) progress.say(`The rest has to wait until ${at}. Run this command again then.`);
    else throw error;
  } finally {
    await jobs.stop(5_000);
  }
}
