import type { TokenVault } from '../../cabinets/tokens/token-vault.ts';
import type { Database } from '../../database/pool.ts';
import { AppError, isAppError } from '../../errors.ts';
import { findQueuedJob } from '../../jobs/queries.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import { WB_SYNC_QUEUE } from '../../jobs/queues.ts';
import { nameCabinet, type ReadCabinetToken } from '../cabinet-token.ts';
import { assertNotExpired } from '../client/permission.ts';
import { PART_NAMES } from './parts.ts';
import { findLastRun, findOpenRun, readLastParts, readSyncCabinet } from './queries.ts';
import type { PartLog, SyncRun } from './sync-run.ts';

export interface RequestSyncDeps {
  main: Database;
  jobs: Jobs;
  vault: TokenVault;
  tokenOf: ReadCabinetToken;
}

export interface RequestedSync {
  /** Undefined: a job of the cabinet waits already, and does what this one would have done. */
  jobId: string | undefined;
  /** The run that is not finished and that the request joins. */
  joined: SyncRun | undefined;
}

/**
 * Queues a sync of an existing cabinet because somebody asked for it. Throws `cabinet_inactive`, `wb_token_missing`,
 * `wb_token_invalid` or `wb_token_unreadable` when it could not but fail.
 */
export async function requestSync(
  { main, jobs, vault, tokenOf }: RequestSyncDeps,
  cabinetId: number,
): Promise<RequestedSync> {
  const cabinet = await readSyncCabinet(main.pool, cabinetId);
  if (cabinet?.isActive !== true) {
    throw new AppError(
      'cabinet_inactive',
      `Cabinet ${cabinetId} is switched off. Switch it on first: PATCH /api/v1/cabinets/${cabinetId} with {"is_active": true}.`,
      { details: { cabinet_id: cabinetId } },
    );
  }
  try {
    assertNotExpired(tokenOf(cabinetId, vault.open(cabinetId, cabinet.apiKey)));
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw new AppError(error.code, nameCabinet(error.message, cabinetId), { cause: error });
  }
  const joined = await findOpenRun(main.pool, cabinetId);
  const jobId = await jobs.sendWbSync({
    cabinet_id: cabinetId,
    trigger: 'request',
    requested_at: new Date().toISOString(),
  });
  return { jobId, joined };
}

export interface SyncState {
  /** The last run; undefined: there was none. */
  run: SyncRun | undefined;
  /** What each part did when it last did anything. */
  parts: PartLog[];
  /** When the next job of the cabinet starts; undefined: none waits. */
  nextJobAt: Date | undefined;
}

/** Reads only. */
export async function readSyncState(main: Database, cabinetId: number): Promise<SyncState> {
  return {
    run: await findLastRun(main.pool, cabinetId),
    parts: await readLastParts(main.pool, cabinetId, PART_NAMES),
    nextJobAt: await findQueuedJob(main.pool, WB_SYNC_QUEUE, String(cabinetId)),
  };
}
