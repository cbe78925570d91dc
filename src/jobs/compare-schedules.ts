import { PgBoss } from 'pg-boss';
import type { ScheduleDefinition } from './queues.ts';
import type { StoredSchedule } from './schedules-queries.ts';

/** How a schedule stands to what the program asks for; the next start of a worker makes all of them `current`. */
export type ScheduleState =
  | 'current'
  /** It is on record with another time, or another rule for what was missed. */
  | 'changed'
  /** It is not on record, so nothing fires. */
  | 'missing'
  /** Nobody asks for it, and it fires all the same. */
  | 'other';

export interface ScheduleReport extends StoredSchedule {
  state: ScheduleState;
  /** By what is on record. Null: never, being missing or unreadable. */
  nextRun: Date | null;
}

/** What is on record and what should be, by name; those that do not belong come last. */
export function compareSchedules(
  stored: readonly StoredSchedule[],
  wanted: readonly ScheduleDefinition[],
  now: Date,
): ScheduleReport[] {
  const asked = wanted.map((definition): ScheduleReport => {
    const found = stored.find(({ queue, key }) => queue === definition.queue && key === '');
    if (found === undefined) {
      const absent = { ...definition, key: '', timezone: 'UTC', lastRun: null, createdAt: null };
      return { ...absent, state: 'missing', nextRun: null };
    }
    const isCurrent =
      found.cron === definition.cron && found.timezone === 'UTC' && missedOf(found) === definition.missed;
    return { ...found, state: isCurrent ? 'current' : 'changed', nextRun: nextRunOf(found, now) };
  });
  const others = stored
    .filter(({ queue, key }) => key !== '' || !wanted.some((definition) => definition.queue === queue))
    .map((schedule): ScheduleReport => ({ ...schedule, state: 'other', nextRun: nextRunOf(schedule, now) }));
  return [...asked, ...others];
}

export function missedOf({ missed }: Pick<StoredSchedule, 'missed'>): 'skip' | 'once' {
  return missed === 'once' ? 'once' : 'skip';
}

// Never started, so it connects to nothing: only its reading of cron expressions is wanted, which is the one that counts.
const reader = new PgBoss({ connectionString: 'postgres://127.0.0.1/none' });

function nextRunOf({ cron, timezone }: StoredSchedule, now: Date): Date | null {
  try {
    return reader.previewSchedule(cron, { tz: timezone, from: now, count: 1 })[0] ?? null;
  } catch {
    // Written by hand, or by a version that reads more than this one: pg-boss skips it, too.
    return null;
  }
}
