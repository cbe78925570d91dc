import type { Executor } from '../../database/pool.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { HOW_TO_MAKE_TOKEN_KEY } from '../../token-key.ts';
import { makeKeyFile } from './key-file.ts';
import { hasSealedTokens } from './queries.ts';
import { keyLost } from './stored-tokens.ts';
import { readTokenKeys, type TokenKeyConfig } from './token-keys.ts';
import { createTokenVault, type TokenVault } from './token-vault.ts';

export interface VaultDeps {
  main: Executor;
  log: Log;
  /** Undefined: keys come from variables only. */
  keyFile: string | undefined;
  /**
   * Whether the file may be made here. Only where one process does everything: two on two machines would make two keys, and
   * neither could read what the other wrote.
   */
  mayMakeFile: boolean;
}

/**
 * The vault of a process that starts. Where there is no key it makes the file, but never beside tokens that are encrypted:
 * a new key would hide that theirs is lost. Without one the process starts all the same, and says what that means.
 *
 * @throws AppError `config_invalid` when the file is there and cannot be used
 */
export async function openTokenVault(config: TokenKeyConfig, deps: VaultDeps): Promise<TokenVault> {
  const { main, log, keyFile } = deps;
  const vault = createTokenVault(() => readTokenKeys(config, keyFile));
  if (vault.keys().current !== undefined) return vault;
  if (await hasSealedTokens(main)) {
    log.error(keyLost().message);
    return vault;
  }
  const why = keyFile !== undefined && deps.mayMakeFile ? await tryToMake(keyFile, log) : '';
  if (vault.keys().current === undefined)
    log.warn(
      `Wildberries tokens stay in clear in the database${why}: set WB_TOKEN_KEY, the same for every process (${HOW_TO_MAKE_TOKEN_KEY})`,
    );
  return vault;
}

/** Resolves to why it could not be made, if so. */
async function tryToMake(keyFile: string, log: Log): Promise<string> {
  try {
    await makeKeyFile(keyFile);
    log.info(
      `Wrote ${keyFile} with a random key that encrypts Wildberries tokens. Keep a copy elsewhere: without it they are lost`,
    );
    return '';
  } catch (error) {
    return `, because ${keyFile} cannot be written (${messageOf(error)})`;
  }
}
