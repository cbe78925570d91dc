import type { Executor } from '../database/pool.ts';

/** A schedule as pg-boss has it on record. */
export interface StoredSchedule {
  queue: string;
  /** Tells several schedules of one queue apart; empty: the only one that this program makes. */
  key: string;
  /** Of five fields, or a recurrence rule (RFC 5545). */
  cron: string;
  timezone: string;
  /** `once` or, whatever else it says, `skip`. */
  missed: string | null;
  /** The job that it sent last; null: none yet, or so long ago that the job was deleted. */
  lastRun: { at: Date; state: string } | null;
  /** Null: not known. */
  createdAt: Date | null;
}

// to_jsonb: a database that only an older pg-boss has been started on lacks columns, and looking does not add them.
const READ_SCHEDULES = `
select s ->> 'name' as queue, coalesce(s ->> 'key', '') as key, s ->> 'cron' as cron,
  coalesce(s ->> 'timezone', 'UTC') as timezone, s -> 'options' ->> 'missed' as missed,
  (s ->> 'created_on')::timestamptz as "createdAt", j.created_on as "lastAt", j.state::text as "lastState"
from (select to_jsonb(schedule) as s from pgboss.schedule) stored
left join pgboss.job j on j.name = s ->> 'name' and j.id = (s ->> 'last_job_id')::uuid
order by 1, 2`;

/** All that there are. Reads only; only where pg-boss has its tables. */
export async function readSchedules(executor: Executor): Promise<StoredSchedule[]> {
  const { rows } = await executor.query<
    Omit<StoredSchedule, 'lastRun'> & { lastAt: Date | null; lastState: string | null }
  >(READ_SCHEDULES);
  return rows.map(({ lastAt, lastState, ...schedule }) => ({
    ...schedule,
    lastRun: lastAt === null || lastState === null ? null : { at: lastAt, state: lastState },
  }));
}

/** By the clock of the database, which pg-boss goes by. Reads only. */
export async function readDatabaseTime(executor: Executor): Promise<Date> {
  const { rows } = await executor.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]!.now;
}
