import type { PgBoss } from 'pg-boss';
import { WB_SYNC_QUEUE, type WbSyncPayload } from './queues.ts';

/**
 * Sends a job of `wb-sync`. At most one of a cabinet waits (the queue's policy): one that waits already is merged with the
 * new one. Resolves to the id of the job that does the work; `undefined` when the waiting one needed no change.
 */
export async function sendWbSync(
  boss: PgBoss,
  payload: WbSyncPayload,
  startAfterSeconds: number,
): Promise<string | undefined> {
  const singletonKey = String(payload.cabinet_id);
  const id = await boss.send(WB_SYNC_QUEUE, payload, { singletonKey, startAfter: startAfterSeconds });
  if (id !== null) return id;
  const startAfter = new Date(Date.now() + startAfterSeconds * 1000);
  const [waiting] = await boss.findJobs<WbSyncPayload>(WB_SYNC_QUEUE, { key: singletonKey, queued: true });
  if (waiting === undefined) return undefined;
  const merged = mergeWbSync(
    { payload, startAfter },
    { payload: waiting.data, startAfter: waiting.startAfter },
  );
  if (merged === undefined) return undefined;
  const { jobs } = await boss.update(WB_SYNC_QUEUE, merged.payload, {
    singletonKey,
    startAfter: merged.startAfter,
  });
  return jobs[0];
}

interface WbSyncJob {
  payload: WbSyncPayload;
  startAfter: Date;
}

/**
 * What the waiting job has to become to stand for both: it does the more of the two, at the earlier of the two times. When
 * both do the same, the new one wins if somebody asked for it, because of its `requested_at`. `undefined`: it stays as it is.
 */
function mergeWbSync(asked: WbSyncJob, waiting: WbSyncJob): WbSyncJob | undefined {
  const isEarlier = asked.startAfter < waiting.startAfter;
  const more = reachOf(asked.payload) - reachOf(waiting.payload);
  const doesMore = more > 0 || (more === 0 && asked.payload.requested_at !== undefined);
  if (!isEarlier && !doesMore) return undefined;
  return {
    payload: doesMore ? asked.payload : waiting.payload,
    startAfter: isEarlier ? asked.startAfter : waiting.startAfter,
  };
}

/** How much a job does: goes on, takes what is due, takes everything. */
function reachOf({ continue_only, trigger }: WbSyncPayload): number {
  if (continue_only === true) return 0;
  return trigger === 'schedule' ? 1 : 2;
}
