import type pg from 'pg';
import type { Database, Executor } from '../../database/pool.ts';
import { AppError } from '../../errors.ts';

/** The right to synchronise one cabinet. Runs out by itself when its holder died. */
export interface SyncLease {
  cabinetId: number;
  /** Fencing token, `bigint` as text. */
  token: string;
}

/** How long a lease holds without being renewed. A killed worker's cabinet is free again after so long. */
const LEASE_SECONDS = 15;
export const RENEW_EVERY_MS = 4_000;

const ACQUIRE = `
insert into public.wb_sync_leases as l (cabinet_id, token, owner, expires_at)
select id, nextval('public.wb_sync_lease_tokens'), $2::text, clock_timestamp() + make_interval(secs => $3::int)
from public.wb_cabinets where id = $1::bigint
on conflict (cabinet_id) do update
set token = excluded.token, owner = excluded.owner, expires_at = excluded.expires_at
where l.expires_at < clock_timestamp()
returning token::text as token`;

/** Takes the lease when it is free or has run out; `undefined` when somebody has it or there is no such cabinet. */
export async function acquireSyncLease(
  executor: Executor,
  cabinetId: number,
  owner: string,
): Promise<SyncLease | undefined> {
  const { rows } = await executor.query<{ token: string }>(ACQUIRE, [cabinetId, owner, LEASE_SECONDS]);
  return rows[0] && { cabinetId, token: rows[0].token };
}

const RENEW = `
update public.wb_sync_leases set expires_at = clock_timestamp() + make_interval(secs => $3::int)
where cabinet_id = $1::bigint and token = $2::bigint`;

/** False: somebody else has the lease by now. */
export async function renewSyncLease(executor: Executor, lease: SyncLease): Promise<boolean> {
  const { rowCount } = await executor.query(RENEW, [lease.cabinetId, lease.token, LEASE_SECONDS]);
  return rowCount === 1;
}

const RELEASE = `delete from public.wb_sync_leases where cabinet_id = $1::bigint and token = $2::bigint`;

/** Harmless when the lease is somebody else's by now. */
export async function releaseSyncLease(executor: Executor, lease: SyncLease): Promise<void> {
  await executor.query(RELEASE, [lease.cabinetId, lease.token]);
}

export function syncLeaseLost(cabinetId: number): AppError {
  return new AppError('lease_lost', `Another process took over the sync of cabinet ${cabinetId}.`, {
    details: { cabinetId },
  });
}

/**
 * Statements are planned for any cabinet, not for this one: statistics from before its first sync say that it has one row,
 * and a plan for one row reads all that it has for each row of a batch (30 000 orders took 260 s instead of 1).
 */
const CHECK = `
select set_config('plan_cache_mode', 'force_generic_plan', true)
from public.wb_sync_leases where cabinet_id = $1::bigint and token = $2::bigint
for no key update`;

/**
 * Before the lease, as a delete of the cabinet locks them in this order, too: the other way round the two would wait for
 * one another.
 */
const LOCK_CABINET = `select from public.wb_cabinets where id = $1::bigint for key share`;

/**
 * Runs `write` in a transaction that holds the lease: nobody can take it over before the commit, nor right after it because
 * the write took long. Throws `lease_lost`, with nothing written, when somebody has. Every write of a sync goes through
 * here, so a worker that was paused and comes back cannot put an old answer over a newer one.
 */
export async function writeUnderSyncLease<T>(
  main: Database,
  lease: SyncLease,
  write: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return main.transaction(async (client) => {
    await client.query(LOCK_CABINET, [lease.cabinetId]);
    const { rowCount } = await client.query(CHECK, [lease.cabinetId, lease.token]);
    if (rowCount !== 1) throw syncLeaseLost(lease.cabinetId);
    const result = await write(client);
    await renewSyncLease(client, lease);
    return result;
  });
}
