import type { AppEvents, Events } from '../events.ts';
import { SOURCE_NAMES, type ChangedIds } from '../source-tables.ts';
import type { ActivityEvent, EventData } from './activity-event.ts';

/** Hands on what the parts of this process say, in the shape of the table. Returns what ends it. */
export function listen(events: Events, onEvent: (event: ActivityEvent) => void): () => void {
  const undo: (() => void)[] = [];
  function on<Name extends keyof AppEvents>(
    name: Name,
    toEvents: (...said: AppEvents[Name]) => ActivityEvent[],
  ): void {
    const listener = (...said: AppEvents[Name]) => {
      for (const event of toEvents(...said)) onEvent(event);
    };
    events.on(name, listener as never);
    undo.push(() => void events.off(name, listener as never));
  }

  on('changesClaimed', ({ cabinets }) =>
    cabinets.map(({ cabinetId, rows, renamedProducts, oldestCapturedAt }) => ({
      ...{ type: 'change_captured', cabinetId },
      data: {
        rows: rows === undefined ? null : withoutNone(rows),
        renamed_products: renamedProducts,
        captured_at: oldestCapturedAt.toISOString(),
      },
    })),
  );
  on('jobCreated', ({ cabinetId, jobId, changedIds }) => [
    { type: 'job_created', cabinetId, data: { job_id: jobId, rows: countRows(changedIds) } },
  ]);
  on('runStarted', ({ cabinetId, jobId, changedIds }) => [
    { type: 'job_started', cabinetId, data: { job_id: jobId, rows: countRows(changedIds) } },
  ]);
  on('batchSaved', ({ cabinetId, jobId, chunks }) => [
    { type: 'batch_embedded', cabinetId, data: { job_id: jobId, chunks, batches: 1 } },
  ]);
  on('runEnded', ({ cabinetId, jobId, status, durationMs, ...chunks }) => [
    {
      ...{ type: 'run_finished', cabinetId },
      data: {
        ...{ job_id: jobId, status },
        chunks_new: chunks.chunksNew,
        chunks_updated: chunks.chunksUpdated,
        chunks_skipped: chunks.chunksSkipped,
        chunks_deleted: chunks.chunksDeleted,
        chunks_rejected: chunks.chunksRejected,
        duration_ms: Math.round(durationMs),
      },
    },
  ]);
  on('syncStarted', ({ cabinetId, runId, trigger }) => [
    { type: 'sync_started', cabinetId, data: { run_id: Number(runId), trigger } },
  ]);
  on('syncEnded', ({ cabinetId, runId, status }) => [
    { type: 'sync_finished', cabinetId, data: { run_id: Number(runId), status } },
  ]);
  on('rebuildProgress', (said) => [toRebuildProgress(said)]);
  on('rebuildEnded', (said) => (said.cabinetGone ? [] : [toRebuildProgress(said)]));
  return () => undo.forEach((end) => end());
}

function toRebuildProgress(said: AppEvents['rebuildProgress' | 'rebuildEnded'][0]): ActivityEvent {
  const { cabinetId, rebuildId, status, rowsDone, rowsTotal } = said;
  return {
    ...{ type: 'rebuild_progress', cabinetId },
    data: { rebuild_id: Number(rebuildId), status, rows_done: rowsDone, rows_total: rowsTotal },
  };
}

type Rows = EventData<'job_created'>['rows'];

function countRows(changedIds: ChangedIds | undefined): Rows {
  if (changedIds === undefined) return null;
  return withoutNone(Object.fromEntries(SOURCE_NAMES.map((name) => [name, changedIds[name]?.length ?? 0])));
}

function withoutNone(rows: NonNullable<Rows>): NonNullable<Rows> {
  return Object.fromEntries(Object.entries(rows).filter(([, count]) => count > 0));
}
