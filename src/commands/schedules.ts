import { schedulesOf } from '../app.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { compareSchedules, missedOf, type ScheduleReport } from '../jobs/compare-schedules.ts';
import { hasJobTables } from '../jobs/queries.ts';
import { readDatabaseTime, readSchedules } from '../jobs/schedules-queries.ts';
import { silentLog } from '../log.ts';
import { openDatabases } from './databases.ts';
import { readConfig } from './environment.ts';

/** Shows what is scheduled, and how that differs from what the configuration asks for. */
export async function schedules(options: { json?: true }): Promise<void> {
  const config = readConfig();
  const databases = await openDatabases(config, silentLog());
  const { main } = databases;
  try {
    const stored = (await hasJobTables(main.pool)) ? await readSchedules(main.pool) : [];
    const reports = compareSchedules(stored, schedulesOf(config), await readDatabaseTime(main.pool));
    if (options.json === true) console.log(JSON.stringify(reports.map(toJson), undefined, 2));
    else for (const report of reports) print(report);
  } catch (error) {
    throw toDatabaseError(error, main.label);
  } finally {
    await databases.close();
  }
}

const REMEDIES: Record<ScheduleReport['state'], string | undefined> = {
  current: undefined,
  changed: 'Not as the configuration asks for: set anew by the next start of a worker.',
  missing: 'Missing: set by the next start of a worker.',
  other: 'Does not belong here: taken off by the next start of a worker.',
};

function print(report: ScheduleReport): void {
  const { queue, key, cron, timezone, nextRun, lastRun, state } = report;
  console.log([queue + (key === '' ? '' : ` (key ${key})`), cron, timezone].join('  '));
  if (state !== 'missing') {
    console.log(`   next run ${nextRun?.toISOString() ?? 'never: nothing can be made of the expression'}`);
    console.log(
      `   last run ${lastRun === null ? 'none on record' : `${lastRun.at.toISOString()}, ${describeState(lastRun.state)}`}`,
    );
    console.log(
      missedOf(report) === 'once'
        ? '   missed while no worker ran: made up for once, by the next start of a worker'
        : '   missed while no worker ran: skipped',
    );
  }
  const remedy = REMEDIES[state];
  if (remedy !== undefined) console.log(`   ${remedy}`);
}

/** pg-boss's words for a job, in ours. */
function describeState(state: string): string {
  if (state === 'created') return 'waiting for a worker';
  return state === 'retry' ? 'to be tried again' : state === 'active' ? 'under way' : state;
}

function toJson(report: ScheduleReport) {
  return {
    queue: report.queue,
    key: report.key,
    cron: report.cron,
    timezone: report.timezone,
    state: report.state,
    next_run: report.nextRun,
    last_run: report.lastRun,
    missed: missedOf(report),
  };
}
