import type { Events } from '../events.ts';
import type { RagIndexPayload } from '../jobs/queues.ts';
import type { Log } from '../log.ts';
import { countChangedIds } from '../source-tables.ts';

/** Says that a job was created: once in the log, in words that are a contract, and once as an event. */
export function announceJob(
  { log, events }: { log: Log; events: Events },
  payload: RagIndexPayload,
  jobId: string,
): void {
  const cabinetId = payload.cabinet_id;
  if (payload.changed_ids === undefined) {
    log.info({ cabinetId, jobId }, `Triggering RAG indexing for cabinet ${cabinetId} (no delta available)`);
  } else {
    const changes = countChangedIds(payload.changed_ids);
    log.info(
      { cabinetId, jobId, changes },
      `Triggering Event-driven RAG indexing for cabinet ${cabinetId} with ${changes} changes`,
    );
  }
  events.emit('jobCreated', { cabinetId, jobId, changedIds: payload.changed_ids });
}
