import { createHash } from 'node:crypto';
import type { Executor } from '../../database/pool.ts';
import { AppError } from '../../errors.ts';
import { HOW_TO_MAKE_TOKEN_KEY } from '../../token-key.ts';
import { hasSealedTokens, listStoredTokens, replaceStoredToken } from './queries.ts';
import type { TokenState, TokenVault } from './token-vault.ts';

/**
 * The form in which a token that somebody sets is stored. Without a key that is the token itself, but not where others are
 * encrypted: then the key is missing, and the next one must not lie open beside them without a word.
 *
 * @throws AppError `wb_token_unreadable`
 */
export async function formToStore(
  executor: Executor,
  vault: TokenVault,
  cabinetId: number,
  token: string,
): Promise<string> {
  if (vault.keys().current === undefined && (await hasSealedTokens(executor))) throw keyLost();
  return vault.seal(cabinetId, token);
}

export function keyLost(): AppError {
  return new AppError(
    'wb_token_unreadable',
    `Wildberries tokens in the database are encrypted, and this process has no key. Set WB_TOKEN_KEY as where they were encrypted, or put the file .wb-token-key back beside .env. Is the key lost? Then set WB_TOKEN_KEY to a new one (${HOW_TO_MAKE_TOKEN_KEY}) and set the token of each cabinet again.`,
  );
}

export interface SealedTokens {
  /** Cabinets whose token was encrypted just now. */
  sealed: number[];
  /** Cabinets whose token no key of this process decrypts; they stay as they are. */
  unreadable: number[];
}

/**
 * Encrypts, with the current key, what stands in clear or is encrypted with an older one: of one cabinet, or of all. Does
 * nothing without a key. What somebody sets meanwhile stays; safe to repeat, and for several processes at once.
 */
export async function sealStoredTokens(
  executor: Executor,
  vault: TokenVault,
  cabinetId?: number,
): Promise<SealedTokens> {
  const outcome: SealedTokens = { sealed: [], unreadable: [] };
  if (vault.keys().current === undefined) return outcome;
  await replaceTokens(executor, vault, cabinetId, (id, stored, state) => {
    if (state === 'unreadable') outcome.unreadable.push(id);
    if (state !== 'clear' && state !== 'older') return undefined;
    outcome.sealed.push(id);
    return vault.seal(id, vault.open(id, stored));
  });
  return outcome;
}

/** Writes every token in clear: for a step back to a version that cannot decrypt. Resolves to what could not be. */
export async function unsealStoredTokens(
  executor: Executor,
  vault: TokenVault,
): Promise<{ unsealed: number[]; unreadable: number[] }> {
  const outcome = { unsealed: [] as number[], unreadable: [] as number[] };
  await replaceTokens(executor, vault, undefined, (id, stored, state) => {
    if (state === 'unreadable') outcome.unreadable.push(id);
    if (state !== 'current' && state !== 'older') return undefined;
    outcome.unsealed.push(id);
    return vault.open(id, stored);
  });
  return outcome;
}

async function replaceTokens(
  executor: Executor,
  vault: TokenVault,
  cabinetId: number | undefined,
  formOf: (cabinetId: number, stored: string, state: TokenState) => string | undefined,
): Promise<void> {
  for (const { cabinetId: id, stored } of await listStoredTokens(executor, cabinetId)) {
    const to = formOf(id, stored, vault.stateOf(id, stored));
    const from = createHash('sha256').update(stored, 'utf8').digest();
    if (to !== undefined) await replaceStoredToken(executor, id, { from, to });
  }
}
