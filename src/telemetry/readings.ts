import type { Executor } from '../database/pool.ts';
import { hasJobTables, readWorkers } from '../jobs/queries.ts';
import { RAG_INDEX_DEAD_QUEUE } from '../jobs/queues.ts';
import type { MetricSet } from './metric-set.ts';
import {
  countCabinets,
  countIndexFailures,
  countOpenRebuilds,
  readIndex,
  readJobs,
  readLastSyncs,
  readOutbox,
} from './queries.ts';

/** One thing that a database knows. */
export interface Reading {
  name: string;
  /** Resolves to what sets the gauges: whether it came in time is for others to say. */
  read(executor: Executor, metrics: MetricSet): Promise<() => void>;
}

const NOTHING = (): void => undefined;

export const MAIN_READINGS: readonly Reading[] = [
  {
    name: 'outbox',
    async read(executor, metrics) {
      const { changes, oldestSeconds } = await readOutbox(executor);
      return () => {
        metrics.outbox_changes.set(changes);
        metrics.outbox_oldest_seconds.set(oldestSeconds);
      };
    },
  },
  {
    name: 'jobs',
    async read(executor, metrics) {
      if (!(await hasJobTables(executor))) return NOTHING;
      const queues = await readJobs(executor);
      const workers = await readWorkers(executor);
      return () => {
        metrics.workers.set(workers.length);
        for (const { queue, waiting, deferred, active, oldestSeconds } of queues) {
          metrics.jobs.set({ queue, state: 'waiting' }, waiting);
          metrics.jobs.set({ queue, state: 'deferred' }, deferred);
          metrics.jobs.set({ queue, state: 'active' }, active);
          metrics.jobs_oldest_waiting_seconds.set({ queue }, oldestSeconds);
          if (queue === RAG_INDEX_DEAD_QUEUE)
            metrics.failures.set({ kind: 'job' }, waiting + deferred + active);
        }
      };
    },
  },
  {
    name: 'cabinets',
    async read(executor, metrics) {
      const { active, inactive } = await countCabinets(executor);
      const syncs = await readLastSyncs(executor);
      return () => {
        metrics.cabinets.set({ state: 'active' }, active);
        metrics.cabinets.set({ state: 'inactive' }, inactive);
        for (const { cabinet, at } of syncs) metrics.cabinet_last_sync_timestamp_seconds.set({ cabinet }, at);
      };
    },
  },
];

export const VECTOR_READINGS: readonly Reading[] = [
  {
    name: 'index',
    async read(executor, metrics) {
      const states = await readIndex(executor);
      return () => {
        for (const status of ['pending', 'in_progress', 'completed', 'failed'])
          metrics.index_cabinets.set({ status }, 0);
        for (const { status, cabinets } of states) metrics.index_cabinets.set({ status }, cabinets);
        metrics.chunks.set(states.reduce((sum, { chunks }) => sum + chunks, 0));
        const rebuilt = states.flatMap(({ rebuiltAt }) => (rebuiltAt === null ? [] : [rebuiltAt]));
        if (rebuilt.length > 0) metrics.last_full_rebuild_timestamp_seconds.set(Math.min(...rebuilt));
      };
    },
  },
  {
    name: 'rebuilds',
    async read(executor, metrics) {
      const open = await countOpenRebuilds(executor);
      return () => {
        for (const state of ['pending', 'running', 'waiting']) metrics.rebuilds_open.set({ state }, 0);
        for (const { state, rebuilds } of open) metrics.rebuilds_open.set({ state }, rebuilds);
      };
    },
  },
  {
    name: 'failures',
    async read(executor, metrics) {
      const { rows, rebuilds } = await countIndexFailures(executor);
      return () => {
        metrics.failures.set({ kind: 'row' }, rows);
        metrics.failures.set({ kind: 'rebuild' }, rebuilds);
      };
    },
  },
];
