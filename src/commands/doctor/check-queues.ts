import { schedulesOf } from '../../app.ts';
import { createJobs } from '../../jobs/jobs.ts';
import { hasJobTables, readQueues, readSchedules, type ScheduleRecord } from '../../jobs/queries.ts';
import { QUEUES, type QueueDefinition, type ScheduleDefinition } from '../../jobs/queues.ts';
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
    const details = compareSchedules(wanted, await readSchedules(pool));
    if (details.length > 0)
      return details.map((detail) => ({ check, status: 'failed', detail, remedy: REMEDY, repair }));
    const detail = wanted.map(({ queue, cron }) => `${queue} at "${cron}" UTC`).join(', ');
    return [{ check, status: 'ok', detail }];
  },
};

function compareSchedules(wanted: readonly ScheduleDefinition[], found: readonly ScheduleRecord[]): string[] {
  const details: string[] = [];
  for (const { queue, cron, missed } of wanted) {
    const record = found.find((candidate) => candidate.queue === queue && candidate.key === '');
    const isRight =
      record?.cron === cron && record.timezone === 'UTC' && (record.missed ?? 'skip') === missed;
    if (record === undefined) details.push(`the schedule of ${queue} ("${cron}" UTC) is missing`);
    else if (!isRight) {
      const has = `"${record.cron}" ${record.timezone ?? 'UTC'}, missed ticks: ${record.missed ?? 'skip'}`;
      details.push(`the schedule of ${queue} is ${has}; it should be "${cron}" UTC, missed ticks: ${missed}`);
    }
  }
  for (const { queue, key, cron } of found) {
    if (key === '' && wanted.some((definition) => definition.queue === queue)) continue;
    details.push(
      `a schedule that is not ours sends to ${queue} at "${cron}"${key === '' ? '' : ` (key ${key})`}`,
    );
  }
  return details;
}
