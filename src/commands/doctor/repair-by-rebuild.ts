import { setTimeout as delay } from 'node:timers/promises';
import { readRebuild, type Rebuild } from '../../indexing/rebuild/queries.ts';
import { requestRebuild } from '../../indexing/rebuild/request-rebuild.ts';
import { readQueueWork } from '../../jobs/queries.ts';
import { RAG_INDEX_QUEUE } from '../../jobs/queues.ts';
import { MAX_SILENCE_SECONDS } from './check-work.ts';
import { startRole, type Examination, type Repair } from './finding.ts';

/** An idle worker begins within milliseconds. */
const BEGIN_MS = 3_000;
const LOOK_MS = 50;

/** Has a cabinet compared and mended by a worker, and says whether one is at it. */
export function repairByRebuild(examination: Examination, cabinetId: number): Repair {
  const { main, vector, log } = examination;
  return {
    does: `request a rebuild of cabinet ${cabinetId}`,
    async run() {
      const jobs = await examination.jobs();
      const request = { trigger: 'repair' } as const;
      const { rebuild, joined } = await requestRebuild({ main, vector, jobs, log }, cabinetId, request);
      // It may have passed the rows by now.
      if (joined)
        return `a rebuild of cabinet ${cabinetId} is under way already; look again when it has ended`;
      if (await begins(examination, rebuild))
        return `a rebuild of cabinet ${cabinetId} was requested and runs; look again when it has ended`;
      const waitsFor = examination.config.RAG_ENABLED
        ? `a worker: ${startRole('worker', examination)}`
        : 'RAG_ENABLED to be true again';
      return `a rebuild of cabinet ${cabinetId} was requested and waits for ${waitsFor}`;
    },
  };
}

async function begins(
  { main, vector, available }: Examination,
  { cabinetId, id }: Rebuild,
): Promise<boolean> {
  // Where nobody works there is nothing to wait for.
  const end = performance.now() + (available.has('worker') ? BEGIN_MS : 0);
  while (performance.now() < end) {
    // The record of a cabinet that does not exist goes with its last chunk.
    const now = await readRebuild(vector.pool, cabinetId, id);
    if (now?.status !== 'pending') return true;
    await delay(LOOK_MS);
  }
  return (await readQueueWork(main.pool, RAG_INDEX_QUEUE, MAX_SILENCE_SECONDS)).active > 0;
}
