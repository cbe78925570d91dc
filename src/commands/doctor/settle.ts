import { setTimeout as delay } from 'node:timers/promises';
import { hasChangesOf } from '../../changes/queries.ts';
import {
  lookAgain,
  type CoverageRequest,
  type DifferingIds,
  type RemainingDifferences,
} from '../../indexing/coverage.ts';
import { readOpenRebuild } from '../../indexing/rebuild/queries.ts';
import { readTotals } from '../../indexing/totals.ts';
import { hasJobTables, readQueueWork } from '../../jobs/queries.ts';
import { RAG_INDEX_QUEUE } from '../../jobs/queues.ts';
import { MAX_SILENCE_SECONDS } from './check-work.ts';
import type { Examination } from './finding.ts';

/** What is being indexed right now is no fault, and mostly done within moments. */
const SETTLE_MS = 5_000;
const LOOK_MS = 100;

interface Work {
  /** Changes in the outbox, or jobs that are due. */
  waiting: boolean;
  active: boolean;
}

/** When to wait no longer. Where nobody listens or works there is nothing to wait for. */
function endOfWait({ available }: Examination): number {
  const isServed = available.has('listener') && available.has('worker');
  return performance.now() + (isServed ? SETTLE_MS : 0);
}

/** In this order: a change is in the outbox or in the queue, never in neither. */
async function readWork({ main }: Examination, cabinetId: number): Promise<Work> {
  const captured = await hasChangesOf(main.pool, cabinetId);
  if (!(await hasJobTables(main.pool))) return { waiting: captured, active: false };
  const key = String(cabinetId);
  const { due, active } = await readQueueWork(main.pool, RAG_INDEX_QUEUE, MAX_SILENCE_SECONDS, key);
  return { waiting: captured || due > 0, active: active > 0 };
}

export interface SettledDifferences extends RemainingDifferences {
  work: Work;
  /** Fewer rows differ than a moment ago. */
  shrinks: boolean;
}

/**
 * What is left of the differences when nothing is waiting or under way for the cabinet any more, or after some seconds. The
 * work is always read before the rows: with none left, what still differs is wrong.
 */
export async function settleDifferences(
  examination: Examination,
  request: CoverageRequest,
  differing: DifferingIds,
): Promise<SettledDifferences> {
  const end = endOfWait(examination);
  let work = await readWork(examination, request.cabinetId);
  let remaining = await lookAgain(examination, request, differing);
  const before = remaining.count;
  if (before > 0 && (work.waiting || work.active))
    examination.progress(`Waiting for what is being indexed of cabinet ${request.cabinetId} …`);
  while (remaining.count > 0 && (work.waiting || work.active) && performance.now() < end) {
    await delay(LOOK_MS);
    work = await readWork(examination, request.cabinetId);
    remaining = await lookAgain(examination, request, remaining.differing);
  }
  return { ...remaining, work, shrinks: remaining.count < before };
}

/** Why differences that stay are no fault; undefined: they are one. */
export async function findExcuse(
  { config, vector }: Examination,
  cabinetId: number,
  { work, shrinks }: SettledDifferences,
): Promise<{ because: string; remedy: string } | undefined> {
  const remedy = 'Look again when that is done.';
  if (!config.RAG_ENABLED && work.waiting) {
    const because = 'RAG_ENABLED is false, so changes wait on purpose';
    return { because, remedy: 'Set RAG_ENABLED=true and restart the service.' };
  }
  if (work.active || (work.waiting && shrinks)) return { because: 'a worker is at it', remedy };
  if ((await readOpenRebuild(vector.pool, cabinetId)) !== undefined)
    return { because: 'a rebuild is under way', remedy };
  return undefined;
}

/** The chunks of a cabinet that was deleted, when those that are just being removed are gone. */
export async function settleOrphans(
  examination: Examination,
  cabinetId: number,
): Promise<{ chunks: number; working: boolean }> {
  const end = endOfWait(examination);
  for (;;) {
    const work = await readWork(examination, cabinetId);
    const totals = await readTotals(examination.vector.pool);
    const chunks = totals.find((total) => total.cabinetId === cabinetId)?.counted ?? 0;
    if (chunks === 0 || !(work.waiting || work.active) || performance.now() > end)
      return { chunks, working: work.active };
    await delay(LOOK_MS);
  }
}
