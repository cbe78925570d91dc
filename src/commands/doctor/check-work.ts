import { readOutboxLag } from '../../changes/queries.ts';
import { MAX_REFUSALS } from '../../indexing/comparison.ts';
import { countParkedRows } from '../../indexing/queries.ts';
import { countUnfinishedJobs, hasJobTables, readQueueWork, readWorkers } from '../../jobs/queries.ts';
import {
  INDEX_FULL_REBUILD_QUEUE,
  RAG_INDEX_DEAD_QUEUE,
  RAG_INDEX_QUEUE,
  WB_SYNC_QUEUE,
} from '../../jobs/queues.ts';
import { count, seconds, startRole, type Check, type Examination, type Finding } from './finding.ts';

/** A lone change is a job within milliseconds, and an idle worker begins it at once. */
const MAX_WAIT_SECONDS = 60;
/** A living worker shows itself each 10 s, and a dead one is noticed in 20. */
export const MAX_SILENCE_SECONDS = 60;

const IS_OFF = 'RAG_ENABLED is false, so it waits on purpose';
const SWITCH_ON = 'Set RAG_ENABLED=true and restart the service to have it indexed.';

export const checkOutbox: Check = {
  name: 'outbox',
  needs: ['main schema'],
  async run(examination) {
    const check = checkOutbox.name;
    const { changes, oldestSeconds } = await readOutboxLag(examination.main.pool);
    if (oldestSeconds === null) return [{ check, status: 'ok', detail: 'no change waits' }];
    const detail = `${count(changes, 'change')} waiting, the oldest for ${seconds(oldestSeconds)}`;
    if (!examination.config.RAG_ENABLED)
      return [{ check, status: 'warning', detail: `${detail}; ${IS_OFF}`, remedy: SWITCH_ON }];
    if (oldestSeconds <= MAX_WAIT_SECONDS) return [{ check, status: 'ok', detail }];
    const remedy = `${startRole('listener', examination)}. Does it run? Then its log says why it does not hand over.`;
    return [{ check, status: 'failed', detail, remedy }];
  },
};

export const checkWorker: Check = {
  name: 'worker',
  needs: ['main'],
  async run(examination) {
    const check = checkWorker.name;
    const { pool } = examination.main;
    const workers = (await hasJobTables(pool)) ? await readWorkers(pool) : [];
    if (workers.length > 0) {
      examination.available.add('worker');
      return [{ check, status: 'ok', detail: `${workers.join(', ')} at work` }];
    }
    const detail = 'no process works jobs: nothing is synchronised or indexed, and no schedule fires';
    return [{ check, status: 'failed', detail, remedy: startRole('worker', examination) }];
  },
};

export const checkWork: Check = {
  name: 'jobs',
  needs: ['main'],
  async run(examination) {
    const check = checkWork.name;
    const { pool } = examination.main;
    if (!(await hasJobTables(pool)))
      return [{ check, status: 'not_checked', detail: 'there is no job queue yet' }];
    const findings: Finding[] = [];
    for (const queue of [RAG_INDEX_QUEUE, INDEX_FULL_REBUILD_QUEUE, WB_SYNC_QUEUE])
      findings.push(...(await findWaitingWork(queue, examination)));
    const dead = await countUnfinishedJobs(pool, RAG_INDEX_DEAD_QUEUE);
    if (dead > 0) {
      const detail = `${count(dead, 'job')} of ${RAG_INDEX_QUEUE} given up (${RAG_INDEX_DEAD_QUEUE})`;
      const remedy = 'wb-assist failures says why; wb-assist failures retry --all has the work done again.';
      findings.push({ check, status: 'warning', detail, remedy });
    }
    if (findings.length > 0) return findings;
    const { active } = await readQueueWork(pool, RAG_INDEX_QUEUE, MAX_SILENCE_SECONDS);
    return [{ check, status: 'ok', detail: `none waits for long, none is given up, ${active} under way` }];
  },
};

async function findWaitingWork(queue: string, examination: Examination): Promise<Finding[]> {
  const check = checkWork.name;
  const work = await readQueueWork(examination.main.pool, queue, MAX_SILENCE_SECONDS);
  const remedy = startRole('worker', examination);
  const isOff = !examination.config.RAG_ENABLED && queue !== WB_SYNC_QUEUE;
  const findings: Finding[] = [];
  if (work.abandoned > 0) {
    const detail = `${count(work.abandoned, 'job')} of ${queue} under way without a sign of life for ${MAX_SILENCE_SECONDS} s: its worker died and no other looks after it`;
    findings.push({ check, status: isOff ? 'warning' : 'failed', detail, remedy });
  }
  const { oldestDueSeconds, due, active } = work;
  if (oldestDueSeconds === null || oldestDueSeconds <= MAX_WAIT_SECONDS) return findings;
  const detail = `${count(due, 'job')} of ${queue} waiting, the oldest for ${seconds(oldestDueSeconds)}`;
  if (isOff)
    return [...findings, { check, status: 'warning', detail: `${detail}; ${IS_OFF}`, remedy: SWITCH_ON }];
  if (active === 0)
    return [...findings, { check, status: 'failed', detail: `${detail}; nobody works`, remedy }];
  // Long syncs wait for one another by the limits of Wildberries; a long queue of indexing is worth a word.
  if (queue === WB_SYNC_QUEUE) return findings;
  const more = 'Run more workers, or raise RAG_WORKER_CONCURRENCY, if it does not shrink.';
  return [...findings, { check, status: 'warning', detail: `${detail}; ${active} under way`, remedy: more }];
}

export const checkRefusedRows: Check = {
  name: 'refused rows',
  needs: ['vector schema'],
  async run({ vector, cabinetId }) {
    const check = checkRefusedRows.name;
    const parked = await countParkedRows(vector.pool, MAX_REFUSALS, cabinetId);
    if (parked === 0) return [{ check, status: 'ok', detail: 'none is left out' }];
    const detail = `${count(parked, 'row')} not searchable: the provider refused the text ${MAX_REFUSALS} times`;
    const remedy = 'wb-assist failures says why; wb-assist failures retry --all tries them again.';
    return [{ check, status: 'warning', detail, remedy }];
  },
};
