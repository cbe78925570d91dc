import type { Executor } from '../../database/pool.ts';
import { SEALED_PREFIX } from './token-vault.ts';

export interface StoredToken {
  cabinetId: number;
  /** As it stands in the row: a secret when it is not encrypted. */
  stored: string;
}

const LIST_STORED_TOKENS = `
select id::float8 as "cabinetId", api_key as stored from public.wb_cabinets
where btrim(api_key) <> '' and ($1::bigint is null or id = $1::bigint) order by id`;

/** Reads the tokens of one cabinet or of all. Reads only. */
export async function listStoredTokens(executor: Executor, cabinetId?: number): Promise<StoredToken[]> {
  return (await executor.query<StoredToken>(LIST_STORED_TOKENS, [cabinetId ?? null])).rows;
}

/** The old value goes as its hash: servers may log the parameters of statements, and it may stand in clear. */
const REPLACE_STORED_TOKEN = `
update public.wb_cabinets set api_key = $2::text
where id = $1::bigint and sha256(convert_to(api_key, 'UTF8')) = $3::bytea`;

/** Locks the row until commit. False, with nothing written: the row has another token by now, or is gone. */
export async function replaceStoredToken(
  executor: Executor,
  cabinetId: number,
  { from, to }: { from: Buffer; to: string },
): Promise<boolean> {
  return (await executor.query(REPLACE_STORED_TOKEN, [cabinetId, to, from])).rowCount === 1;
}

const HAS_SEALED_TOKENS = `
select exists (select from public.wb_cabinets where starts_with(api_key, $1::text)) as has`;

/** Whether any token is encrypted. Reads only. */
export async function hasSealedTokens(executor: Executor): Promise<boolean> {
  return (await executor.query<{ has: boolean }>(HAS_SEALED_TOKENS, [SEALED_PREFIX])).rows[0]!.has;
}
