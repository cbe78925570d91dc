import { AppError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { createJobs } from './jobs.ts';

const STOP_WITHIN_MS = 5_000;

/**
 * Makes pg-boss's schema and every queue, or brings them up to date, as the first process at work would. May be repeated.
 *
 * @throws AppError `migration_failed`
 */
export async function prepareQueues(connectionString: string, log: Log): Promise<void> {
  const jobs = createJobs({
    connectionString,
    maxConnections: 2,
    supervise: false,
    schedules: undefined,
    log,
  });
  try {
    await jobs.start();
  } catch (error) {
    throw new AppError('migration_failed', `Making the tables of the job queue failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  await jobs.stop(STOP_WITHIN_MS);
}
