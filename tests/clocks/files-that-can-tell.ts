import { globSync, readFileSync } from 'node:fs';

/**
 * Test files that could fail at some time of the calendar, or by the zone of the machine, each with the reason. The demo, whose
 * shop is another one each day, has `npm run demo:clocks`.
 */
export const CAN_TELL: Readonly<Record<string, string>> = {
  'tests/end-to-end/chat-command.test.ts': 'it asks for a period that ends today',
  'tests/end-to-end/sync.test.ts': 'Wildberries is asked by days of Moscow, until now',
  'tests/end-to-end/odd-rows.test.ts': 'its rows lie at the edge of the window that is indexed',
  'tests/database/conversations.test.ts': 'messages are counted by day',
  'tests/database/token-budget.test.ts': 'tokens are counted by day',
  'tests/database/dashboard-role.test.ts': 'docs/sql.md asks for the last days',
  'tests/database/dashboard-views.test.ts': 'the costs of today',
  'tests/database/schedules.test.ts': 'cron fires at a time of the week',
  'tests/database/weekly-rebuild.test.ts': 'cron fires at a time of the week',
  'tests/unit/russian/formats.test.ts': 'days, months and years, in words',
  'tests/unit/calendar.test.ts': 'days of 23 and 25 hours',
  'tests/unit/russian/periods.test.ts': 'periods, in words',
  'tests/unit/wildberries/client-paging.test.ts': 'days of Moscow',
  'tests/unit/wildberries/schemas.test.ts': 'times with and without a zone',
  'tests/unit/wildberries/simulator.test.ts': 'tokens expire, and the shops have a time of their own',
  'tests/unit/wildberries/simulator-answers.test.ts': 'days of Moscow',
};

/** Test files that read the clock, too, and to which every moment is like any other. */
export const CANNOT_TELL: Readonly<Record<string, readonly string[]>> = {
  'It gives rows the time of their writing, or looks at how long ago something was': [
    'tests/database/capture-transactions.test.ts',
    'tests/database/chat-hostile-reviews.test.ts',
    'tests/database/dashboard-jobs.test.ts',
    'tests/database/doctor.test.ts',
    'tests/database/other-columns.test.ts',
    'tests/database/events.test.ts',
    'tests/database/failures.test.ts',
    'tests/database/hybrid-search.test.ts',
    'tests/database/indexer.test.ts',
    'tests/database/metrics-state.test.ts',
    'tests/database/migrations.test.ts',
    'tests/database/model-change.test.ts',
    'tests/database/rebuild.test.ts',
    'tests/database/sync/lease.test.ts',
    'tests/database/sync/runs.test.ts',
    'tests/database/wb-limits.test.ts',
    'tests/end-to-end/containers.test.ts',
    'tests/end-to-end/metrics.test.ts',
    'tests/end-to-end/oracle.test.ts',
    'tests/end-to-end/real-engine.test.ts',
    'tests/faults/clock-jump.test.ts',
    'tests/http/access.test.ts',
    'tests/http/cabinet-keys.test.ts',
    'tests/http/rag-events.test.ts',
    'tests/http/rag-failures.test.ts',
    'tests/unit/telemetry/events.test.ts',
  ],
  'It looks at what is due soon, in seconds or hours from now': [
    'tests/database/sync-worker.test.ts',
    'tests/database/sync/base-token-stocks.test.ts',
    'tests/database/sync/faults.test.ts',
    'tests/database/sync/requests.test.ts',
    'tests/database/wildberries/client-faults.test.ts',
    'tests/unit/wildberries/contract.test.ts',
    'tests/unit/embedding/provider-faults.test.ts',
  ],
  'It measures how long something takes': [
    'tests/database/embedded/transactions.test.ts',
    'tests/database/listener.test.ts',
    'tests/end-to-end/terminate.test.ts',
  ],
  'It allows for the hour that begins meanwhile': ['tests/end-to-end/watch.test.ts'],
};

const READS_CLOCK = /new Date\(\)|Date\.now\(\)|(?<!\.)\bnow\(\)|clock_timestamp\(\)|current_date/;

export function allFiles(): string[] {
  return globSync('tests/**/*.test.ts').sort();
}

export function filesThatCanTell(): string[] {
  return Object.keys(CAN_TELL);
}

/** Test files that read the clock by themselves: each has to be in one of the lists. */
export function filesThatReadTheClock(): string[] {
  return allFiles().filter((file) => READS_CLOCK.test(readFileSync(file, 'utf8')));
}
