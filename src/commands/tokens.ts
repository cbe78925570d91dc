import { addKeyToFile, makeKeyFile } from '../cabinets/tokens/key-file.ts';
import { hasSealedTokens, listStoredTokens } from '../cabinets/tokens/queries.ts';
import { keyLost, sealStoredTokens, unsealStoredTokens } from '../cabinets/tokens/stored-tokens.ts';
import { readTokenKeys } from '../cabinets/tokens/token-keys.ts';
import { createTokenVault, type TokenState, type TokenVault } from '../cabinets/tokens/token-vault.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/pool.ts';
import { toDatabaseError } from '../database/sqlstate.ts';
import { AppError } from '../errors.ts';
import { silentLog } from '../log.ts';
import { HOW_TO_MAKE_TOKEN_KEY } from '../token-key.ts';
import { openDatabases } from './databases.ts';
import { readConfig, TOKEN_KEY_FILE } from './environment.ts';

const IN_WORDS: Readonly<Record<TokenState, string>> = {
  none: 'no token',
  clear: 'in clear',
  current: 'encrypted',
  older: 'encrypted with an older key',
  unreadable: 'encrypted, and no key here decrypts it',
};

interface Parts {
  main: Database;
  vault: TokenVault;
  config: Config;
}

/** Shows how the token of each cabinet is stored. None is shown itself. */
export async function tokens(options: { json?: true }): Promise<void> {
  await withVault(async ({ main, vault }) => {
    const { current, source } = vault.keys();
    const found = (await listStoredTokens(main.pool)).map(({ cabinetId, stored }) => ({
      cabinet_id: cabinetId,
      state: vault.stateOf(cabinetId, stored),
    }));
    if (options.json === true) {
      const key = current === undefined ? null : { id: current.id, source };
      console.log(JSON.stringify({ key, tokens: found }, undefined, 2));
      return;
    }
    console.log(
      current === undefined
        ? `No key: set WB_TOKEN_KEY (${HOW_TO_MAKE_TOKEN_KEY})`
        : `Key ${current.id} of ${source}`,
    );
    for (const { cabinet_id: id, state } of found) console.log(`cabinet ${id}  ${IN_WORDS[state]}`);
  });
}

/** Encrypts every token with the current key, or with one that it makes. Resolves to the exit code. */
export async function encryptTokens(options: { newKey?: true }): Promise<number> {
  return withVault(async ({ main, vault, config }) => {
    await provideKey(main, config, options.newKey === true);
    const { current, source } = vault.keys();
    const { sealed, unreadable } = await sealStoredTokens(main.pool, vault);
    console.log(`Encrypted ${count(sealed)} with the key ${current?.id} of ${source}.`);
    return report(unreadable);
  });
}

/** A file is made or added to here; a variable is the operator's to change. */
async function provideKey(main: Database, config: Config, isNew: boolean): Promise<void> {
  if (config.WB_TOKEN_KEY !== undefined) {
    if (!isNew) return;
    throw new AppError(
      'invalid_request',
      `The key is in WB_TOKEN_KEY. Move it to WB_TOKEN_KEY_PREVIOUS, set WB_TOKEN_KEY to a new one (${HOW_TO_MAKE_TOKEN_KEY}), restart every process, and run: wb-assist tokens encrypt`,
    );
  }
  if (readTokenKeys(config, TOKEN_KEY_FILE).current !== undefined) {
    if (isNew) await addKeyToFile(TOKEN_KEY_FILE);
    return;
  }
  if (await hasSealedTokens(main.pool)) throw keyLost();
  await makeKeyFile(TOKEN_KEY_FILE);
}

/** Writes every token in clear. Resolves to the exit code. */
export async function decryptTokens(): Promise<number> {
  return withVault(async ({ main, vault }) => {
    const { unsealed, unreadable } = await unsealStoredTokens(main.pool, vault);
    console.log(`Wrote ${count(unsealed)} in clear. The next sync of this version encrypts them again.`);
    return report(unreadable);
  });
}

function report(unreadable: readonly number[]): number {
  if (unreadable.length === 0) return 0;
  console.error(
    `No key here decrypts ${count(unreadable)}, of cabinet ${unreadable.join(', ')}. They stay as they are: add the key that they were encrypted with to WB_TOKEN_KEY_PREVIOUS, or set them again.`,
  );
  return 1;
}

const count = ({ length }: readonly unknown[]): string => `${length} token${length === 1 ? '' : 's'}`;

async function withVault<T>(work: (parts: Parts) => Promise<T>): Promise<T> {
  const config = readConfig();
  const databases = await openDatabases(config, silentLog());
  const { main } = databases;
  try {
    const vault = createTokenVault(() => readTokenKeys(config, TOKEN_KEY_FILE));
    return await work({ main, vault, config });
  } catch (error) {
    throw toDatabaseError(error, main.label);
  } finally {
    await databases.close();
  }
}
