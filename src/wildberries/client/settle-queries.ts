import type { Executor } from '../../database/pool.ts';
import type { Bucket, BucketLimit } from './queries.ts';

/**
 * Counts a request whose answer has come, or which failed: it arrived at the latest now. Locks the row for the statement.
 * A holder that was given up meanwhile has been counted already, at a time when its request may not have arrived yet: it
 * only moves the time of the next one. Repeating it is safe: the second time it is such a holder.
 *
 * $7, requests that Wildberries says are left: its view goes where it is the stricter one.
 */
const COUNT_REQUEST = `
  with clock as materialized (
    select
      clock_timestamp() as now,
      $5::float8 * interval '1 millisecond' as interval,
      ($6::integer - least(greatest($7::integer, 0), $6::integer)) * $5::float8 * interval '1 millisecond' as used
  )
  update wb_rate_limits r
  set
    tat = greatest(
      case when r.holder = $4::uuid then greatest(r.tat, c.now) else c.now end + c.interval,
      r.tat,
      c.now + c.used
    ),
    refusals = 0,
    holder = nullif(r.holder, $4::uuid),
    pending_since = case when r.holder = $4::uuid then null else r.pending_since end,
    updated_at = c.now
  from clock c
  where r.seller_id = $1::text and r.token_type = $2::text and r.bucket = $3::text`;

/**
 * Counts a request that was answered with 429: the bucket is closed for as long as Wildberries said ($7), and has one
 * request when it opens. If it did not say, for one interval, doubled by each refusal in a row up to ten minutes. Locks
 * the row for the statement; repeating it can only close the bucket for longer.
 */
const BLOCK_BUCKET = `
  with clock as materialized (
    select clock_timestamp() as now, $5::float8 * interval '1 millisecond' as interval
  ),
  closed as (
    select
      r.seller_id, r.token_type, r.bucket, c.now, c.interval,
      greatest(r.blocked_until, c.now + case
        when $7::float8 is null
          then greatest(c.interval, least(c.interval * power(2, r.refusals), interval '10 minutes'))
        else greatest($7::float8 * interval '1 millisecond', least(c.interval, interval '1 second'))
      end) as until
    from clock c
    join wb_rate_limits r
      on r.seller_id = $1::text and r.token_type = $2::text and r.bucket = $3::text
  )
  update wb_rate_limits r
  set
    tat = greatest(r.tat, c.until + ($6::integer - 1) * c.interval),
    blocked_until = c.until,
    refusals = least(r.refusals + 1, 20),
    holder = nullif(r.holder, $4::uuid),
    pending_since = case when r.holder = $4::uuid then null else r.pending_since end,
    updated_at = c.now
  from closed c
  where r.seller_id = c.seller_id and r.token_type = c.token_type and r.bucket = c.bucket
  returning r.blocked_until as "blockedUntil", (extract(epoch from r.blocked_until - c.now) * 1000)::float8 as "blockedForMs"`;

/** Closes everything the seller has. Locks its row for the statement; repeating it can only close it for longer. */
const BLOCK_SELLER = `
  insert into wb_rate_limits as r (seller_id, token_type, bucket, blocked_until)
  values ($1::text, '*', '*', $2::timestamptz)
  on conflict (seller_id, token_type, bucket) do update
  set blocked_until = greatest(r.blocked_until, excluded.blocked_until), updated_at = clock_timestamp()`;

/** Gives a turn back that was not used: nothing went out. Idempotent. */
const GIVE_BACK = `
  update wb_rate_limits
  set holder = null, pending_since = null, updated_at = clock_timestamp()
  where seller_id = $1::text and token_type = $2::text and bucket = $3::text and holder = $4::uuid`;

function parametersOf(bucket: Bucket, holder: string): unknown[] {
  return [bucket.sellerId, bucket.tokenType, bucket.bucket, holder];
}

export async function countRequest(
  executor: Executor,
  bucket: Bucket,
  limit: BucketLimit,
  holder: string,
  remaining: number | undefined,
): Promise<void> {
  await executor.query(COUNT_REQUEST, [
    ...parametersOf(bucket, holder),
    limit.intervalMs,
    limit.burst,
    // As if all were left: then only the own count goes.
    remaining ?? limit.burst,
  ]);
}

export interface Block {
  blockedUntil: Date;
  blockedForMs: number;
  /** Everything of the seller is closed, not the bucket alone. */
  accountWide?: boolean;
}

/** `undefined`: the row is gone. `retryAfterMs`: what Wildberries said, if it did. */
export async function blockBucket(
  executor: Executor,
  bucket: Bucket,
  limit: BucketLimit,
  holder: string,
  retryAfterMs: number | undefined,
): Promise<Block | undefined> {
  const { rows } = await executor.query<Block>(BLOCK_BUCKET, [
    ...parametersOf(bucket, holder),
    limit.intervalMs,
    limit.burst,
    retryAfterMs ?? null,
  ]);
  return rows[0];
}

export async function blockSeller(executor: Executor, sellerId: string, until: Date): Promise<void> {
  await executor.query(BLOCK_SELLER, [sellerId, until]);
}

export async function giveBack(executor: Executor, bucket: Bucket, holder: string): Promise<void> {
  await executor.query(GIVE_BACK, parametersOf(bucket, holder));
}
