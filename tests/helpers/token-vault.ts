import { readTokenKeys } from '../../src/cabinets/tokens/token-keys.ts';
import { createTokenVault, type TokenVault } from '../../src/cabinets/tokens/token-vault.ts';
import { loadConfig } from '../../src/load-config.ts';

/** The key of all processes that tests start, which have no working directory in common. */
export const TEST_TOKEN_KEY = Buffer.from('a key of thirty-two test bytes..').toString('base64');

/** A vault with this key, or with that of these variables. */
export function testVault(env: Record<string, string> = { WB_TOKEN_KEY: TEST_TOKEN_KEY }): TokenVault {
  const config = loadConfig(env);
  return createTokenVault(() => readTokenKeys(config, undefined));
}
