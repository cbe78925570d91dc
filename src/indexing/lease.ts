import type pg from 'pg';
import type { Database, Executor } from '../database/pool.ts';
import { AppError } from '../errors.ts';

/** The right of one run to write to the index of one cabinet. */
export interface Lease {
  cabinetId: number;
  /** Fencing token, `bigint` as text. */
  token: string;
}

const ACQUIRE_LEASE = `
insert into public.rag_index_status as s (cabinet_id, indexing_status, lease_token, lease_owner, updated_at)
values ($1::bigint, 'in_progress', nextval('public.rag_lease_tokens'), $2::text, now())
on conflict (cabinet_id) do update
set indexing_status = 'in_progress', lease_token = excluded.lease_token, lease_owner = excluded.lease_owner, updated_at = now()
returning lease_token::text as token`;

/**
 * Takes the lease of a cabinet, from whoever had it. The queue runs one job a cabinet, so a holder can only be a worker
 * that was given up for dead; if it is alive after all, its next write finds the token changed. Waits for a write of the
 * holder that is being committed right now.
 */
export async function acquireLease(executor: Executor, cabinetId: number, owner: string): Promise<Lease> {
  const { rows } = await executor.query<{ token: string }>(ACQUIRE_LEASE, [cabinetId, owner]);
  return { cabinetId, token: rows[0]!.token };
}

export function leaseLost(cabinetId: number): AppError {
  return new AppError('lease_lost', `Another run took over the index of cabinet ${cabinetId}.`, {
    details: { cabinetId },
  });
}

const CHECK_LEASE = `
select from public.rag_index_status
where cabinet_id = $1::bigint and lease_token = $2::bigint
for update`;

/**
 * Runs `write` in a transaction that holds the lease: nobody can take it over before the commit. Throws `lease_lost`,
 * with nothing written, when somebody has. Every write to a cabinet's index goes through here.
 */
export async function writeUnderLease<T>(
  vector: Database,
  lease: Lease,
  write: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  return vector.transaction(async (client) => {
    const { rowCount } = await client.query(CHECK_LEASE, [lease.cabinetId, lease.token]);
    if (rowCount !== 1) throw leaseLost(lease.cabinetId);
    return write(client);
  });
}
