import type { Queue } from 'pg-boss';
import { z } from 'zod';
import { SOURCE_NAMES, type ChangedIds } from '../source-tables.ts';

/** Every queue, with its policy. Adding one: see CONTRIBUTING.md. */
export const RAG_INDEX_QUEUE = 'rag-index';
export const RAG_INDEX_DEAD_QUEUE = 'rag-index-dead';
/** One job, one cabinet to synchronise with Wildberries. */
export const WB_SYNC_QUEUE = 'wb-sync';
/** One job, one tick of the schedule: every active cabinet gets a job of `wb-sync`. */
export const WB_SYNC_ALL_QUEUE = 'wb-sync-all';

/** One job, one tick of the weekly schedule: every cabinet is rebuilt. The name is what operators look for. */
export const INDEX_FULL_REBUILD_QUEUE = 'index-full-rebuild-rag';

const YEARS = 365 * 24 * 60 * 60;
const DAYS = 24 * 60 * 60;

export interface QueueDefinition {
  name: string;
  /** What a queue keeps from its creation on. */
  fixed: Pick<Queue, 'policy' | 'partition'>;
  /** What every start sets anew, also on a queue that an older version created. */
  options: Omit<Queue, 'name' | 'policy' | 'partition'>;
}

export const QUEUES: readonly QueueDefinition[] = [
  {
    name: RAG_INDEX_DEAD_QUEUE,
    fixed: {},
    // A dead job is work that was not done: it stays until a person has looked at it.
    options: { retentionSeconds: 10 * YEARS, deleteAfterSeconds: 90 * DAYS },
  },
  {
    name: RAG_INDEX_QUEUE,
    fixed: {
      // One active job a singletonKey (the cabinet): the policy that never ran two of one key at once when measured.
      policy: 'singleton',
      // A table of its own: in the shared one a queue that the statistics do not know makes fetching quadratic.
      partition: true,
    },
    options: {
      notify: true,
      // These retries are for jobs whose process died, and those are not the job's fault: a service that is killed again
      // and again must not strand them. Faults of the work itself are counted by the worker (indexing/worker.ts).
      retryLimit: 1000,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 15,
      deadLetter: RAG_INDEX_DEAD_QUEUE,
      // A dead worker is noticed by its missing heartbeat; the expiry only catches a handler that never ends.
      heartbeatSeconds: 10,
      expireInSeconds: 6 * 60 * 60,
      // The default is 14 days, after which a waiting job would be deleted: changes would be lost.
      retentionSeconds: 10 * YEARS,
      deleteAfterSeconds: 1 * DAYS,
    },
  },
  {
    name: WB_SYNC_QUEUE,
    // At most one job of a cabinet waits and one runs: the one that waits does all that a second would.
    fixed: { policy: 'stately' },
    options: {
      notify: true,
      // As with rag-index, these are for processes that died and databases that were away. Faults of Wildberries are
      // recorded and waited for by the sync itself. Nothing is buried: the schedule sends the same job again anyway.
      retryLimit: 1000,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 15,
      heartbeatSeconds: 10,
      expireInSeconds: 6 * 60 * 60,
      retentionSeconds: 14 * DAYS,
      deleteAfterSeconds: 1 * DAYS,
    },
  },
  {
    name: WB_SYNC_ALL_QUEUE,
    fixed: { policy: 'stately' },
    options: {
      notify: true,
      retryLimit: 3,
      retryDelay: 5,
      heartbeatSeconds: 10,
      expireInSeconds: 10 * 60,
      // A tick that nobody took is of no use when the next one comes.
      retentionSeconds: 60 * 60,
      deleteAfterSeconds: 1 * DAYS,
    },
  },
  {
    name: INDEX_FULL_REBUILD_QUEUE,
    fixed: { policy: 'stately' },
    options: {
      notify: true,
      // Only databases that are away can fail it, and then it has to be done all the same.
      retryLimit: 1000,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 60,
      heartbeatSeconds: 10,
      expireInSeconds: 10 * 60,
      retentionSeconds: 7 * DAYS,
      deleteAfterSeconds: 14 * DAYS,
    },
  },
];

/** What pg-boss's cron sends by itself, in UTC. Whatever else it has on record is taken off at start. */
export interface ScheduleDefinition {
  queue: string;
  /** Five fields. */
  cron: string;
  /** What becomes of ticks that came while nobody was there; `once`: one is made up for. */
  missed: 'skip' | 'once';
}

const idsSchema = z.array(z.int().positive());

export const ragIndexPayloadSchema = z.object({
  cabinet_id: z.int().positive(),
  mode: z.literal('incremental'),
  /** Absent: every row of the cabinet is compared. */
  changed_ids: z
    .object(Object.fromEntries(SOURCE_NAMES.map((source) => [source, idsSchema.optional()])))
    .optional()
    .transform((ids) => ids as ChangedIds | undefined),
  /** How often this work failed already, by a fault of its own. */
  failures: z.int().nonnegative().optional(),
  rebuild: z.object({ id: z.string().regex(/^\d+$/), slice: z.int().nonnegative() }).optional(),
});

/** What a job of `rag-index` carries: ids only, the rows are read when it runs. */
export interface RagIndexPayload {
  cabinet_id: number;
  mode: 'incremental';
  changed_ids?: ChangedIds | undefined;
  failures?: number | undefined;
  /**
   * A slice of a full rebuild. `mode` is what it is for the sake of a version that knows no rebuilds: in a rolling upgrade
   * it may get this job, and then compares the whole cabinet, which is right, too.
   */
  rebuild?: { id: string; slice: number } | undefined;
}

export const wbSyncPayloadSchema = z.object({
  cabinet_id: z.int().positive(),
  trigger: z.enum(['request', 'schedule', 'command']),
  /** Goes on with a run that is open, and begins none. */
  continue_only: z.boolean().optional(),
  /** When somebody asked for it: a run that began about then is what was asked for. */
  requested_at: z.iso.datetime().optional(),
});

/** What a job of `wb-sync` carries: where the sync stands is kept in its own tables. */
export type WbSyncPayload = z.output<typeof wbSyncPayloadSchema>;
