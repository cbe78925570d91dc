import { setTimeout as delay } from 'node:timers/promises';
import { readCabinetsToCheck } from './cabinets.ts';
import { findRebuildJob, hasJobTables } from '../../jobs/queries.ts';
import { readSchedules } from '../../jobs/schedules-queries.ts';
import { readLastRebuilds, type Rebuild } from '../../indexing/rebuild/queries.ts';
import { ensureRebuildJob } from '../../indexing/rebuild/request-rebuild.ts';
import { WEEKLY_REBUILD } from '../../indexing/rebuild/weekly.ts';
import { readIndexStatuses } from '../../indexing/status.ts';
import { seconds, startRole, type Check, type Examination, type Finding } from './finding.ts';

/** A week, and a day for a service that was down in the night of the rebuild. */
const MAX_AGE_DAYS = 8;
/** From one slice to the next there is a moment without a job; a worker mends a lost one within 10 s. */
const LOOK_AGAIN_MS = 250;
const LOOKS = 8;

export const checkRebuilds: Check = {
  name: 'rebuilds',
  needs: ['main schema', 'vector schema'],
  async run(examination) {
    const check = checkRebuilds.name;
    const { vector, cabinetId } = examination;
    const rebuilds = await readLastRebuilds(vector.pool, cabinetId);
    const findings: Finding[] = [];
    for (const rebuild of rebuilds) findings.push(...(await describeRebuild(rebuild, examination)));
    findings.push(...(await findOldRebuilds(examination)));
    if (findings.length > 0) return findings;
    const open = rebuilds.filter(({ finishedAt }) => finishedAt === null);
    const detail =
      open.length === 0
        ? `none is under way, none is older than ${MAX_AGE_DAYS} days`
        : `under way: ${open.map(describeProgress).join(', ')}`;
    return [{ check, status: 'ok', detail }];
  },
};

function describeProgress({ cabinetId, rowsDone, rowsTotal }: Rebuild): string {
  return `cabinet ${cabinetId}, ${rowsDone} of ${rowsTotal ?? '?'} rows`;
}

async function describeRebuild(rebuild: Rebuild, examination: Examination): Promise<Finding[]> {
  const check = checkRebuilds.name;
  const { cabinetId, error, nextAttemptAt } = rebuild;
  const cabinet = `the rebuild of cabinet ${cabinetId}`;
  const reason = error ?? 'no reason given';
  if (rebuild.status === 'failed') {
    const detail = `${cabinet} of ${rebuild.finishedAt?.toISOString() ?? '?'} failed: ${reason}`;
    return [
      { check, status: 'warning', detail, remedy: `When that is mended: npx wb-assist rebuild ${cabinetId}` },
    ];
  }
  if (rebuild.finishedAt !== null) return [];
  if (!(await hasJobSoon(rebuild, examination))) {
    const detail = `${cabinet} is open, but no job does its next slice`;
    const remedy = `npx wb-assist doctor --repair, or a worker that runs for 10 s: ${startRole('worker', examination)}`;
    const repair = {
      does: `send the job of ${cabinet}`,
      run: async () => {
        await ensureRebuildJob({ main: examination.main, jobs: await examination.jobs() }, rebuild);
        return 'sent';
      },
    };
    return [{ check, status: 'failed', detail, remedy, repair }];
  }
  if (nextAttemptAt === null) return [];
  const detail = `${cabinet} waits until ${nextAttemptAt.toISOString()}: ${reason}`;
  return [{ check, status: 'warning', detail, remedy: 'It goes on by itself when that has passed.' }];
}

async function hasJobSoon(rebuild: Rebuild, { main, vector }: Examination): Promise<boolean> {
  if (!(await hasJobTables(main.pool))) return false;
  let current = rebuild;
  for (let look = 0; look < LOOKS; look += 1) {
    if (await findRebuildJob(main.pool, current.cabinetId, current)) return true;
    const [now] = await readLastRebuilds(vector.pool, rebuild.cabinetId);
    if (now?.id !== rebuild.id || now.finishedAt !== null) return true;
    current = now;
    await delay(LOOK_AGAIN_MS);
  }
  return false;
}

async function findOldRebuilds(examination: Examination): Promise<Finding[]> {
  const check = checkRebuilds.name;
  const { main, vector } = examination;
  const schedules = (await hasJobTables(main.pool)) ? await readSchedules(main.pool) : [];
  const scheduledAt = schedules.find(({ queue }) => queue === WEEKLY_REBUILD.queue)?.createdAt ?? undefined;
  const statuses = new Map((await readIndexStatuses(vector.pool)).map((row) => [row.cabinetId, row]));
  const findings: Finding[] = [];
  for (const cabinet of await readCabinetsToCheck(examination)) {
    const status = statuses.get(cabinet.id);
    // What is new, or has its first weekly rebuild still to come, has none yet.
    const since = status?.lastIndexedAt ?? later(cabinet.createdAt, scheduledAt);
    if (status === undefined || since === undefined) continue;
    const ageSeconds = (Date.now() - since.getTime()) / 1000;
    if (ageSeconds <= MAX_AGE_DAYS * 86_400) continue;
    const last =
      status.lastIndexedAt === null ? 'was never rebuilt' : `was rebuilt ${seconds(ageSeconds)} ago`;
    const detail = `cabinet ${cabinet.id} ${last}; it should be each week`;
    const remedy = `A worker has to run on Sundays at 03:00 UTC or after (${startRole('worker', examination)}). Now: npx wb-assist rebuild ${cabinet.id}`;
    findings.push({ check, status: 'warning', detail, remedy });
  }
  return findings;
}

function later(one: Date, other: Date | undefined): Date | undefined {
  return other === undefined || one > other ? (other === undefined ? undefined : one) : other;
}
