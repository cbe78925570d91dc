import type { Queue } from 'pg-boss';
import { z } from 'zod';
import { SOURCE_NAMES, type ChangedIds } from '../source-tables.ts';

/** Every queue, with its policy. Adding one: see CONTRIBUTING.md. */
export const RAG_INDEX_QUEUE = 'rag-index';
export const RAG_INDEX_DEAD_QUEUE = 'rag-index-dead';

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
];

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
});

/** What a job of `rag-index` carries: ids only, the rows are read when it runs. */
export interface RagIndexPayload {
  cabinet_id: number;
  mode: 'incremental';
  changed_ids?: ChangedIds | undefined;
  failures?: number | undefined;
}
