import type { Executor } from '../../database/pool.ts';

/** A row of wb_rate_limits. */
export interface Bucket {
  sellerId: string;
  tokenType: string;
  bucket: string;
}

/** The limit that goes for a bucket, as this program keeps it. */
export interface BucketLimit {
  intervalMs: number;
  burst: number;
}

/** Idempotent; waits only for another first request of the same bucket. */
const CREATE_BUCKET = `
  insert into wb_rate_limits (seller_id, token_type, bucket)
  values ($1::text, $2::text, $3::text)
  on conflict do nothing`;

/** Locks the bucket until commit: of those who want a turn, one at a time decides. */
const LOCK_BUCKET = `
  select from wb_rate_limits
  where seller_id = $1::text and token_type = $2::text and bucket = $3::text
  for update`;

/**
 * What goes for a bucket now. clock_timestamp, because now() is the start of the transaction, which is before the lock
 * was waited for. A request under way for longer than $6 counts as one that arrived then: its process died, or it waits
 * for a long answer. The seller's block counts as the bucket's own.
 */
const STATE = `
  clock as materialized (select clock_timestamp() as now),
  state as (
    select
      clock.now,
      case
        when own.pending_since + wait.pending <= clock.now
          then greatest(own.tat, own.pending_since + wait.pending) + wait.interval
        else own.tat
      end as tat,
      case when own.pending_since + wait.pending > clock.now then own.pending_since + wait.pending end as pending_until,
      greatest(own.blocked_until, seller.blocked_until) as blocked_until,
      seller.blocked_until as seller_blocked_until,
      wait.burst
    from clock
    cross join (
      select
        $4::float8 * interval '1 millisecond' as interval,
        $5::float8 * interval '1 millisecond' as burst,
        $6::float8 * interval '1 millisecond' as pending
    ) wait
    join wb_rate_limits own
      on own.seller_id = $1::text and own.token_type = $2::text and own.bucket = $3::text
    left join wb_rate_limits seller
      on seller.seller_id = $1::text and seller.token_type = '*' and seller.bucket = '*'
  ),
  decision as (
    select
      state.*,
      greatest(state.tat - state.burst, state.blocked_until, state.now) as free_at
    from state
  )`;

/** Only under the lock of LOCK_BUCKET, in the same transaction. Not idempotent: it takes one turn. */
const TAKE_TURN = `
  with ${STATE},
  taken as (
    update wb_rate_limits r
    set tat = d.tat, holder = $7::uuid, pending_since = d.now, updated_at = d.now
    from decision d
    where r.seller_id = $1::text and r.token_type = $2::text and r.bucket = $3::text
      and d.free_at <= d.now and d.pending_until is null
    returning 1
  )
  select
    exists (select from taken) as taken,
    d.pending_until is not null as pending,
    coalesce(d.seller_blocked_until > d.now and d.seller_blocked_until >= d.free_at, false) as "sellerClosed",
    greatest(d.free_at, d.pending_until) as "allowedAt",
    (extract(epoch from d.free_at - d.now) * 1000)::float8 as "freeInMs",
    (extract(epoch from greatest(d.free_at, d.pending_until) - d.now) * 1000)::float8 as "allowedInMs"
  from decision d`;

/** Reads only; a bucket that nobody has used yet has no row. */
const READ_ALLOWED_AT = `
  with ${STATE}
  select greatest(free_at, pending_until) as "allowedAt" from decision
  union all
  select greatest(clock.now, (
    select blocked_until from wb_rate_limits
    where seller_id = $1::text and token_type = '*' and bucket = '*'
  ))
  from clock
  where not exists (select from decision)`;

export interface Turn {
  taken: boolean;
  /** Another request of this bucket is under way, so it may be free sooner than `allowedAt`. */
  pending: boolean;
  /** What it waits for is the limiter of the whole account. */
  sellerClosed: boolean;
  allowedAt: Date;
  /** Until then it is not free even if the request under way ended now. */
  freeInMs: number;
  allowedInMs: number;
}

function parametersOf(bucket: Bucket, limit: BucketLimit, pendingMs: number): unknown[] {
  return [
    bucket.sellerId,
    bucket.tokenType,
    bucket.bucket,
    limit.intervalMs,
    (limit.burst - 1) * limit.intervalMs,
    pendingMs,
  ];
}

/** In a transaction of its own, which must commit before the request goes out. */
export async function takeTurn(
  executor: Executor,
  bucket: Bucket,
  limit: BucketLimit,
  holder: string,
  pendingMs: number,
): Promise<Turn> {
  const key = [bucket.sellerId, bucket.tokenType, bucket.bucket];
  await executor.query(CREATE_BUCKET, key);
  await executor.query(LOCK_BUCKET, key);
  const { rows } = await executor.query<Turn>(TAKE_TURN, [...parametersOf(bucket, limit, pendingMs), holder]);
  return rows[0]!;
}

export async function readAllowedAt(
  executor: Executor,
  bucket: Bucket,
  limit: BucketLimit,
  pendingMs: number,
): Promise<Date> {
  const { rows } = await executor.query<{ allowedAt: Date }>(
    READ_ALLOWED_AT,
    parametersOf(bucket, limit, pendingMs),
  );
  return rows[0]!.allowedAt;
}
