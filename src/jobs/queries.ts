import type { Executor } from '../database/pool.ts';

// The list of states implies the predicate of pg-boss's own index on them, so finished jobs are never read.
const HAS_DUE_JOBS = `
select exists (
  select from pgboss.job
  where name = $1::text and state in ('created', 'retry', 'active')
    and (state = 'active' or start_after <= now())
) as due`;

/** Whether a queue has work under way or ready to run; jobs put off until later do not count. Reads only. */
export async function hasDueJobs(executor: Executor, queue: string): Promise<boolean> {
  const { rows } = await executor.query<{ due: boolean }>(HAS_DUE_JOBS, [queue]);
  return rows[0]?.due ?? false;
}

const COUNT_UNFINISHED_JOBS = `
select count(*)::float8 as jobs from pgboss.job where name = $1::text 
  and state in ('created', 'retry', 'active')`;

/** Jobs that are waiting, put off or under way. Reads only. */
export async function countUnfinishedJobs(executor: Executor, queue: string): Promise<number> {
  const { rows } = await executor.query<{ jobs: number }>(COUNT_UNFINISHED_JOBS, [queue]);
  return rows[0]?.jobs ?? 0;
}
