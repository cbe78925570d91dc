import type { Database, Executor } from '../database/pool.ts';
import { AppError } from '../errors.ts';

/** What is embedded: a change that somebody made just now, or the comparison of everything, which can wait. */
export type WorkKind = 'live' | 'rebuild';

export interface TokenUsage {
  requests: number;
  tokens: number;
  costUsd: number;
}

export interface TokenBudget {
  /**
   * Reserves about so many tokens for a cabinet, as long as the day's limit is not reached; the limit is exceeded by less than
   * a batch. A reservation counts until `settle` is called, so that concurrent batches do not exceed the limit by more.
   *
   * @throws AppError `budget_exhausted`, with `details.retryAfterMs`
   */
  admit(cabinetId: number, kind: WorkKind, estimatedTokens: number): Promise<{ settle: () => void }>;
  /** Records what the provider billed. Needs no lease: the money is spent, whichever run writes the result. */
  record(cabinetId: number, model: string, usage: TokenUsage): Promise<void>;
}

/** The share of a day's budget that rebuilds may use; the rest is kept for live changes. */
const REBUILD_SHARE = 0.8;
/** The budget may be raised in the middle of the day, so it is asked again before the day ends. */
const MAX_RETRY_MS = 10 * 60 * 1000;

const USED_TODAY = `
select coalesce(sum(tokens), 0)::float8 as tokens,
  (extract(epoch from date_trunc('day', now() at time zone 'utc') + interval '1 day' - (now() at time zone 'utc')) * 1000)::float8 as "msLeft"
from public.rag_token_usage
where cabinet_id = $1::bigint and day = (now() at time zone 'utc')::date`;

/** Tokens that a cabinet used today (UTC), and milliseconds until tomorrow. Reads only. */
async function readTokensToday(
  executor: Executor,
  cabinetId: number,
): Promise<{ tokens: number; msLeft: number }> {
  const { rows } = await executor.query<{ tokens: number; msLeft: number }>(USED_TODAY, [cabinetId]);
  return rows[0]!;
}

const RECORD_USAGE = `
insert into public.rag_token_usage as u (cabinet_id, day, model, requests, tokens, cost_usd)
values ($1::bigint, (now() at time zone 'utc')::date, $2::text, $3::bigint, $4::bigint, $5::numeric)
on conflict (cabinet_id, day, model) do update
set requests = u.requests + excluded.requests, tokens = u.tokens + excluded.tokens, cost_usd = u.cost_usd + excluded.cost_usd`;

/** `dailyTokens` undefined: no limit, and usage is recorded all the same. */
export function createTokenBudget(vector: Database, dailyTokens: number | undefined): TokenBudget {
  const underWay = new Map<number, number>();

  function reserve(cabinetId: number, tokens: number): () => void {
    underWay.set(cabinetId, (underWay.get(cabinetId) ?? 0) + tokens);
    let settled = false;
    return () => {
      if (settled) return;
      settled = true;
      const rest = (underWay.get(cabinetId) ?? 0) - tokens;
      if (rest > 0) underWay.set(cabinetId, rest);
      else underWay.delete(cabinetId);
    };
  }

  return {
    async admit(cabinetId, kind, estimatedTokens) {
      if (dailyTokens === undefined) return { settle: () => undefined };
      const limit = kind === 'live' ? dailyTokens : Math.floor(dailyTokens * REBUILD_SHARE);
      const settle = reserve(cabinetId, estimatedTokens);
      try {
        const { tokens, msLeft } = await readTokensToday(vector.pool, cabinetId);
        // The batch that reaches the limit is still embedded: one that only fitted into an untouched day could wait for ever.
        const others = (underWay.get(cabinetId) ?? 0) - estimatedTokens;
        if (tokens + others >= limit) throw exhausted(cabinetId, kind, { dailyTokens, tokens, msLeft });
      } catch (error) {
        settle();
        throw error;
      }
      return { settle };
    },
    async record(cabinetId, model, { requests, tokens, costUsd }) {
      if (requests === 0 && tokens === 0) return;
      await vector.pool.query(RECORD_USAGE, [cabinetId, model, requests, tokens, costUsd.toFixed(9)]);
    },
  };
}

function exhausted(
  cabinetId: number,
  kind: WorkKind,
  { dailyTokens, tokens, msLeft }: { dailyTokens: number; tokens: number; msLeft: number },
): AppError {
  const what =
    kind === 'live'
      ? 'RAG_DAILY_TOKEN_BUDGET is used up'
      : `The share of RAG_DAILY_TOKEN_BUDGET that rebuilds may use (${REBUILD_SHARE * 100} %) is used up`;
  const waits = kind === 'live' ? 'New and changed texts wait' : 'The rebuild waits, live changes go on';
  return new AppError(
    'budget_exhausted',
    `${what} for cabinet ${cabinetId}: ${tokens} of ${dailyTokens} tokens today. ${waits} until 00:00 UTC, or until the budget is raised.`,
    { details: { retryAfterMs: Math.min(msLeft, MAX_RETRY_MS), tokens, dailyTokens } },
  );
}
