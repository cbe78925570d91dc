import type { ActivityEvent } from './activity-event.ts';

/** When it happened, by `performance.now()`. */
export type Buffered = ActivityEvent & { at: number };

export interface EventBuffer {
  readonly size: number;
  push(event: ActivityEvent): void;
  /** Takes out up to `limit` of the oldest, with how many were dropped before them as an event of its own. */
  take(limit: number): Buffered[];
  /** Counts events that were taken and could not be written. */
  drop(events: readonly ActivityEvent[]): void;
}

/**
 * What waits to be written: at most `maxEvents`, then the oldest are dropped, and counted, because who watches wants to
 * know what happens now. What is a stream in itself, batches of one run and captures of one cabinet, is folded into one
 * event while it waits and nothing else of the cabinet comes between.
 */
export function createEventBuffer(maxEvents: number): EventBuffer {
  let events: Buffered[] = [];
  let dropped = 0;
  const lastOf = new Map<number | null, Buffered>();

  return {
    get size() {
      return events.length;
    },
    push(event) {
      const before = lastOf.get(event.cabinetId);
      if (before !== undefined && fold(before, event)) return;
      if (events.length === maxEvents) {
        dropped += 1;
        const gone = events.shift()!;
        if (lastOf.get(gone.cabinetId) === gone) lastOf.delete(gone.cabinetId);
      }
      // A copy, because folding changes it.
      const buffered = { ...event, data: { ...event.data }, at: performance.now() } as Buffered;
      events.push(buffered);
      lastOf.set(event.cabinetId, buffered);
    },
    take(limit) {
      const taken = events.slice(0, limit);
      events = events.slice(limit);
      // Events that were taken are being written, so no other event may be merged into them any more.
      for (const event of taken) if (lastOf.get(event.cabinetId) === event) lastOf.delete(event.cabinetId);
      if (dropped > 0) {
        const at = taken[0]?.at ?? performance.now();
        taken.unshift({ type: 'dropped', cabinetId: null, data: { events: dropped }, at });
        dropped = 0;
      }
      return taken;
    },
    drop(events) {
      for (const event of events) dropped += event.type === 'dropped' ? event.data.events : 1;
    },
  };
}

/** Adds `event` to the one before it of the same cabinet, where the two are one thing. */
function fold(before: Buffered, event: ActivityEvent): boolean {
  if (event.type === 'batch_embedded' && before.type === 'batch_embedded') {
    if (before.data.job_id !== event.data.job_id) return false;
    before.data.chunks += event.data.chunks;
    before.data.batches += event.data.batches;
    return true;
  }
  if (event.type === 'change_captured' && before.type === 'change_captured') {
    const [old, more] = [before.data, event.data];
    old.rows = old.rows === null || more.rows === null ? null : addRows(old.rows, more.rows);
    old.renamed_products += more.renamed_products;
    if (more.captured_at < old.captured_at) old.captured_at = more.captured_at;
    return true;
  }
  return false;
}

function addRows<Rows extends Partial<Record<string, number>>>(a: Rows, b: Rows): Rows {
  const sum: Partial<Record<string, number>> = { ...a };
  for (const [source, count] of Object.entries(b)) sum[source] = (sum[source] ?? 0) + (count ?? 0);
  return sum as Rows;
}
