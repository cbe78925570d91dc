import { schedulesOf } from '../../app.ts';
import { createJobs } from '../../jobs/jobs.ts';
import { compareSchedules, missedOf, type ScheduleReport } from '../../jobs/compare-schedules.ts';
import { hasJobTables, readQueues } from '../../jobs/queries.ts';
import { QUEUES, type QueueDefinition, type ScheduleDefinition } from '../../jobs/queues.ts';
import { readSchedules } from '../../jobs/schedules-queries.ts';
import { count, type Check, type Examination, type Finding, type Repair } from './finding.ts';

const REMEDY = 'npx wb-assist doctor --repair, or restart a worker: it sets them at its start';
const STOP_MS = 5_000;

/** What a process that works jobs does at its start, and no more. */
function startOnce({ config, main, log }: Examination): Repair {
  return {
    does: 'create and set the queues and schedules of this version and configuration',
    async run() {
      const { connectionString } = main;
      const schedules = schedulesOf(config);
      const jobs = createJobs({ connectionString, maxConnections: 2, supervise: true, schedules, log });
      await jobs.start();
      await jobs.stop(STOP_MS);
      return 'set';
    },
  };
}

export const checkQueues: Check = {
  name: 'queues',
  needs: ['main'],
  async run(examination) {
    const check = checkQueues.name;
    const repair = startOnce(examination);
    const { pool } = examination.main;
    if (!(await hasJobTables(pool))) {
      const detail = 'the job queue (schema pgboss) was never started on this database';
      return [{ check, status: 'failed', detail, remedy: REMEDY, repair }];
    }
    const records = new Map((await readQueues(pool)).map((record) => [record.name, record]));
    const findings = QUEUES.flatMap((definition): Finding[] => {
      const { name } = definition;
      const record = records.get(name);
      if (record === undefined) {
        const detail = `the queue ${name} is missing`;
        return [{ check, status: 'failed', detail, remedy: REMEDY, repair }];
      }
      return describeDifferences(definition, record).map(({ detail, fixed }) =>
        fixed
          ? { check, status: 'failed', detail, remedy: remedyOfFixed(name) }
          : { check, status: 'failed', detail, remedy: REMEDY, repair },
      );
    });
    if (findings.length > 0) return findings;
    return [{ check, status: 'ok', detail: `${count(QUEUES.length, 'queue')} with their policies` }];
  },
};

function describeDifferences(
  { name, fixed, options }: QueueDefinition,
  record: Readonly<Record<string, unknown>>,
): { detail: string; fixed: boolean }[] {
  const compare = (wanted: Readonly<Record<string, unknown>>, isFixed: boolean) =>
    Object.entries(wanted)
      .filter(([option, value]) => record[option] !== value)
      .map(([option, value]) => ({
        detail: `the queue ${name} has ${option} ${String(record[option])} instead of ${String(value)}`,
        fixed: isFixed,
      }));
  return [...compare({ policy: 'standard', partition: false, ...fixed }, true), ...compare(options, false)];
}

/** A queue keeps these from its creation on, and deleting it deletes its jobs. */
function remedyOfFixed(name: string): string {
  return `Stop every process, let the queue run empty, delete it (select pgboss.delete_queue('${name}')) and start a worker, which creates it anew.`;
}

export const checkSchedules: Check = {
  name: 'schedules',
  needs: ['main'],
  async run(examination) {
    const check = checkSchedules.name;
    const { pool } = examination.main;
    if (!(await hasJobTables(pool)))
      return [{ check, status: 'not_checked', detail: 'there is no job queue yet' }];
    const repair = startOnce(examination);
    const wanted = schedulesOf(examination.config);
    const reports = compareSchedules(await readSchedules(pool), wanted, new Date());
    const details = reports
      .map((report) => describeSchedule(report, wanted))
      .filter((detail) => detail !== null);
    if (details.length > 0)
      return details.map((detail) => ({ check, status: 'failed', detail, remedy: REMEDY, repair }));
    const detail = wanted.map(({ queue, cron }) => `${queue} at "${cron}" UTC`).join(', ');
    return [{ check, status: 'ok', detail }];
  },
};

/** What is wrong with a schedule; null: nothing. */
function describeSchedule(
  { state, queue, key, cron, timezone, missed }: ScheduleReport,
  wanted: readonly ScheduleDefinition[],
): string | null {
  const rule = `"${cron}" ${timezone}, missed ticks: ${missedOf({ missed })}`;
  switch (state) {
    case 'current':
      return null;
    case 'missing':
      return `the schedule of ${queue} ("${cron}" UTC) is missing`;
    case 'changed': {
      const { cron: right, missed: rightMissed } = wanted.find((definition) => definition.queue === queue)!;
      return `the schedule of ${queue} is ${rule}; it should be "${right}" UTC, missed ticks: ${rightMissed}`;
    }
    case 'other':
      return `a schedule that is not ours sends to ${queue} at "${cron}"${key === '' ? '' : ` (key ${key})`}`;
  }
}
