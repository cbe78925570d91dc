import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../database/pool.ts';
import { toDatabaseError } from '../../database/sqlstate.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { ENDPOINTS, type Endpoint, type EndpointName } from '../endpoints.ts';
import type { WbToken } from '../token.ts';
import { readAllowedAt, takeTurn, type Bucket, type BucketLimit } from './queries.ts';
import { blockBucket, blockSeller, countRequest, giveBack, type Block } from './settle-queries.ts';

/** A turn that was taken: exactly one request may go out now, and `settle` has to be told how it ended. */
export interface Turn {
  readonly bucket: Bucket;
  readonly limit: BucketLimit;
  readonly holder: string;
}

export type Outcome =
  /** Headers came, or nothing did though the request may have arrived. `remaining`: X-Ratelimit-Remaining. */
  | { kind: 'arrived'; remaining?: number | undefined }
  /** The request certainly did not leave this machine. */
  | { kind: 'unsent' }
  /** 429. `retryAfterMs`: X-Ratelimit-Retry. */
  | { kind: 'limited'; retryAfterMs: number | undefined };

export interface Limiter {
  /**
   * Resolves when the request may go out. Rejects with `wb_rate_limited` when that would take longer than `maxWaitMs`,
   * with the reason of `signal`, or with the error of the database: without its permission nothing goes out.
   */
  acquire(endpoint: EndpointName, token: WbToken, signal?: AbortSignal): Promise<Turn>;
  /**
   * Never rejects: what cannot be written now is written before the next turn. Resolves to when the bucket opens again,
   * if it was closed.
   */
  settle(turn: Turn, outcome: Outcome): Promise<Block | undefined>;
  /** The text of a 429 speaks of the limiter of the whole account: every kind of request waits as long. Never rejects. */
  closeAccount(turn: Turn, block: Block): Promise<void>;
  /** When a request may go out, as things stand; the past or now means at once. Reads only. */
  nextAllowedAt(endpoint: EndpointName, token: WbToken): Promise<Date>;
}

export interface LimiterOptions {
  database: Database;
  log: Log;
  /** Default 5 s: longer waits are the business of whoever plans the work. */
  maxWaitMs?: number | undefined;
  limitScale?: number | undefined;
  /** For tests: how long a request without an answer keeps others of its bucket waiting. */
  pendingMs?: number | undefined;
}

/**
 * By then a request has arrived or never will: it takes up to 10 s to connect (undici's default), the rest is slack. Of one
 * whose process died nothing else will ever be known.
 */
const PENDING_MS = 15_000;
/** A turn has to be used at once: a process that was frozen for this share of the patience gives it back. */
const STALE_SHARE = 0.25;
/** Intervals are kept a little longer than they are: clocks of two machines drift by up to 100 ppm or so. */
const DRIFT = 1.001;
const FIRST_POLL_MS = 20;
const LAST_POLL_MS = 500;
/** Headers are whole seconds, so a wait of this much beyond the limit's own still fits the bucket. */
const ROUNDING_MS = 1_000;

function bucketOf(endpoint: Endpoint, token: WbToken): Bucket {
  return { sellerId: token.sellerId, tokenType: token.type, bucket: endpoint.bucket };
}

/**
 * Keeps to the limits of Wildberries with a row a bucket in Postgres, whose clock decides. A request is counted when its
 * answer has come, and until then no other of its bucket goes out; as it arrived before its answer, Wildberries' count is
 * never ahead of this one, however long the network takes.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { database, log, maxWaitMs = 5_000, limitScale = 1, pendingMs = PENDING_MS } = options;
  /** Outcomes that Postgres does not know yet. A 429 must not be forgotten because it was away for a moment. */
  const unwritten: { turn: Turn; outcome: Outcome }[] = [];

  function limitOf(endpoint: Endpoint, token: WbToken): BucketLimit {
    const limit = endpoint.limits[token.type];
    if (limit === 'forbidden') {
      throw new AppError('wb_scope_missing', `A ${token.type} token may not call ${endpoint.path}.`);
    }
    return { intervalMs: limit.intervalMs * limitScale * DRIFT, burst: limit.burst };
  }

  async function write({ bucket, limit, holder }: Turn, outcome: Outcome): Promise<Block | undefined> {
    const { pool } = database;
    if (outcome.kind === 'unsent') await giveBack(pool, bucket, holder);
    if (outcome.kind === 'arrived') await countRequest(pool, bucket, limit, holder, outcome.remaining);
    if (outcome.kind !== 'limited') return undefined;
    const { retryAfterMs } = outcome;
    const block = await blockBucket(pool, bucket, limit, holder, retryAfterMs);
    const mostOfBucketMs = limit.burst * limit.intervalMs + ROUNDING_MS;
    // The wait is longer than this bucket could ever need, so another limit caused it.
    if (block === undefined || (retryAfterMs ?? 0) <= mostOfBucketMs) return block;
    await closeSeller(bucket, block);
    return { ...block, accountWide: true };
  }

  async function closeSeller({ sellerId, bucket }: Bucket, { blockedUntil }: Block): Promise<void> {
    await blockSeller(database.pool, sellerId, blockedUntil);
    log.warn(
      { seller_id: sellerId, bucket, blocked_until: blockedUntil },
      'Wildberries closed the account of the seller for a while: every kind of request waits.',
    );
  }

  async function writeUnwritten(): Promise<void> {
    while (unwritten.length > 0) {
      const [first] = unwritten;
      await write(first!.turn, first!.outcome).catch((error: unknown) => {
        throw toDatabaseError(error, database.label);
      });
      // Others may have written the same one meanwhile, which is safe.
      if (unwritten[0] === first) unwritten.shift();
    }
  }

  return {
    async acquire(name, token, signal) {
      const endpoint: Endpoint = ENDPOINTS[name];
      const [bucket, limit] = [bucketOf(endpoint, token), limitOf(endpoint, token)];
      const deadline = performance.now() + maxWaitMs;
      for (let pollMs = FIRST_POLL_MS; ;) {
        signal?.throwIfAborted();
        await writeUnwritten();
        const holder = randomUUID();
        const asked = performance.now();
        const turn = await database.transaction((client) =>
          takeTurn(client, bucket, limit, holder, pendingMs),
        );
        if (turn.taken) {
          const mine = { bucket, limit, holder };
          if (performance.now() - asked < pendingMs * STALE_SHARE) return mine;
          await this.settle(mine, { kind: 'unsent' });
          continue;
        }
        const leftMs = deadline - performance.now();
        // Nobody knows when a request under way will end, so this asks again and again.
        const waitMs = turn.pending ? Math.max(turn.freeInMs, pollMs) : turn.freeInMs;
        if (waitMs > leftMs) throw notYet(name, endpoint, turn);
        if (turn.pending) pollMs = Math.min(pollMs * 2, LAST_POLL_MS);
        await pause(waitMs, signal);
      }
    },

    async settle(turn, outcome) {
      try {
        return await write(turn, outcome);
      } catch (error) {
        unwritten.push({ turn, outcome });
        log.warn(
          { bucket: turn.bucket.bucket, outcome: outcome.kind },
          `What a request to Wildberries used up could not be written down yet: ${messageOf(error)}`,
        );
        return undefined;
      }
    },

    async closeAccount({ bucket }, block) {
      if (block.accountWide === true) return;
      try {
        await closeSeller(bucket, block);
      } catch (error) {
        log.warn(
          { bucket: bucket.bucket },
          `That Wildberries closed the account could not be written down: ${messageOf(error)}`,
        );
      }
    },

    async nextAllowedAt(name, token) {
      const endpoint: Endpoint = ENDPOINTS[name];
      try {
        return await readAllowedAt(
          database.pool,
          bucketOf(endpoint, token),
          limitOf(endpoint, token),
          pendingMs,
        );
      } catch (error) {
        throw toDatabaseError(error, database.label);
      }
    },
  };
}

/** Timers may fire a little early, and a turn that comes a millisecond too soon costs a round trip. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(Math.ceil(ms) + 1, undefined, signal ? { signal } : {});
  } catch {
    signal?.throwIfAborted();
  }
}

function notYet(
  name: EndpointName,
  endpoint: Endpoint,
  turn: { allowedAt: Date; allowedInMs: number; sellerClosed: boolean },
): AppError {
  const retryAt = turn.allowedAt.toISOString();
  return new AppError(
    'wb_rate_limited',
    turn.sellerClosed
      ? `Wildberries has closed the account of this seller for every kind of request until ${retryAt}.`
      : `The limit of Wildberries for ${endpoint.method} ${endpoint.path} is used up until ${retryAt}.`,
    { details: { endpoint: name, retryAt, retryAfterMs: Math.ceil(turn.allowedInMs) } },
  );
}
