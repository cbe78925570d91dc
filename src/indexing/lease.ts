import type pg from 'pg';
import type { Database, Executor } from '../database/pool.ts';
import { AppError } from '../errors.ts';

/** The right of one run to write to the index of one cabinet. */
export interface Lease {
  cabinetId: number;
  /** Fencing token, `bigint` as text. */
  token: string;
}

/** Which vectors a cabinet's chunks have to have (rag-migrations/008_add_embedding_models.sql). */
export interface CabinetModels {
  search: string;
  /** Under way: what every text is embedded by as well, until all are. */
  next: string | undefined;
}

export interface LeaseRequest {
  /** For people: who it is. */
  owner: string;
  /** The model for a cabinet that has no vectors yet. */
  configuredModel: string;
  /** The version of the texts that this process writes. */
  textsVersion: string;
}

// A cabinet that is new has texts of one version only; any other keeps its version as long as nobody of another writes. An
// open rebuild loses its own, too: what another version writes between its slices, it does not come by again.
const ACQUIRE_LEASE = `
with rebuild as (
  update public.rag_rebuilds set texts_version = null
  where cabinet_id = $1::bigint and finished_at is null and started_at is not null and texts_version <> $4::text
)
insert into public.rag_index_status as s
  (cabinet_id, indexing_status, lease_token, lease_owner, search_model, texts_version, updated_at)
values ($1::bigint, 'in_progress', nextval('public.rag_lease_tokens'), $2::text, $3::text, $4::text, now())
on conflict (cabinet_id) do update
set indexing_status = 'in_progress', lease_token = excluded.lease_token, lease_owner = excluded.lease_owner, updated_at = now(),
  search_model = coalesce(
    s.search_model,
    (select e.model from public.rag_embeddings e where e.cabinet_id = s.cabinet_id limit 1),
    excluded.search_model
  ),
  texts_version = case when s.texts_version = excluded.texts_version then s.texts_version end,
  texts_mixed_at = case
    when s.texts_version = excluded.texts_version then null
    else coalesce(s.texts_mixed_at, now())
  end
returning lease_token::text as token, search_model as search, next_model as next`;

/**
 * Takes the lease of a cabinet, from whoever had it. The queue runs one job a cabinet, so a holder can only be a worker
 * that was given up for dead; if it is alive after all, its next write finds the token changed. Waits for a write of the
 * holder that is being committed right now.
 */
export async function acquireLease(
  executor: Executor,
  cabinetId: number,
  { owner, configuredModel, textsVersion }: LeaseRequest,
): Promise<{ lease: Lease; models: CabinetModels }> {
  const { rows } = await executor.query<{ token: string; search: string; next: string | null }>(
    ACQUIRE_LEASE,
    [cabinetId, owner, configuredModel, textsVersion],
  );
  const { token, search, next } = rows[0]!;
  return { lease: { cabinetId, token }, models: { search, next: next ?? undefined } };
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
