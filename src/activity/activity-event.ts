import { z } from 'zod';
import { SOURCE_NAMES } from '../source-tables.ts';

const rows = z
  .partialRecord(z.enum(SOURCE_NAMES), z.number())
  .nullable()
  .describe('How many rows of each table; null: every row of the cabinet.');
const jobId = z.string();
const rebuildStatus = z.enum(['started', 'running', 'completed', 'failed']);

/** What is said of each type of event, beside its cabinet and time. Also what the API documents. */
export const EVENT_DATA = {
  change_captured: z.object({
    rows,
    renamed_products: z.number().describe('The rows that quote their names follow as changes of their own.'),
    captured_at: z.iso.datetime().describe('When the first of them was written.'),
  }),
  job_created: z.object({ job_id: jobId, rows }),
  job_started: z.object({ job_id: jobId, rows }),
  batch_embedded: z.object({
    job_id: jobId,
    chunks: z.number().describe('Stored with their vectors, so searchable from now on.'),
    batches: z.number(),
  }),
  run_finished: z.object({
    job_id: jobId,
    status: z.enum(['completed', 'waiting', 'failed', 'abandoned']),
    chunks_new: z.number(),
    chunks_updated: z.number(),
    chunks_skipped: z.number(),
    chunks_deleted: z.number(),
    chunks_rejected: z.number(),
    duration_ms: z.number(),
  }),
  sync_started: z.object({ run_id: z.number(), trigger: z.string() }),
  sync_finished: z.object({ run_id: z.number(), status: z.string() }),
  rebuild_progress: z.object({
    rebuild_id: z.number(),
    status: rebuildStatus,
    rows_done: z.number(),
    rows_total: z.number().nullable(),
  }),
  dropped: z.object({
    events: z.number().describe('That a process could not write, because it had too many or no database.'),
  }),
} as const satisfies Record<string, z.ZodObject>;

export type EventType = keyof typeof EVENT_DATA;

export const EVENT_TYPES = Object.keys(EVENT_DATA) as [EventType, ...EventType[]];

export type EventData<Type extends EventType> = z.infer<(typeof EVENT_DATA)[Type]>;

/** An event on its way into the table. */
export type ActivityEvent = {
  [Type in EventType]: { type: Type; cabinetId: number | null; data: EventData<Type> };
}[EventType];

/** An event of the table. Its type may be one that only a newer version knows. */
export interface StoredEvent {
  id: number;
  type: string;
  cabinetId: number | null;
  data: Record<string, unknown>;
  occurredAt: Date;
}
