import type { Config } from '../../config.ts';
import type { TokenKey } from '../../token-key.ts';
import { readKeyFile } from './key-file.ts';

/** The keys of this process, as they are now. */
export interface TokenKeys {
  /** The key that encrypts. Undefined: this process has no key. */
  current: TokenKey | undefined;
  /** The keys that decrypt, the current one included, by id. */
  byId: ReadonlyMap<string, TokenKey>;
  /** Where the current one comes from, for people. */
  source: string;
}

export type TokenKeyConfig = Partial<Pick<Config, 'WB_TOKEN_KEY' | 'WB_TOKEN_KEY_PREVIOUS'>>;

/**
 * WB_TOKEN_KEY, or the first key of the file; the others, and those of WB_TOKEN_KEY_PREVIOUS, only decrypt. So tokens stay
 * readable when a key is moved from the file to the variable. The file is read each time: it is needed a few times an hour,
 * and a process that kept it would not know the key that `wb-assist tokens encrypt --new-key` adds.
 *
 * @throws AppError `config_invalid` when the file cannot be read
 */
export function readTokenKeys(config: TokenKeyConfig, keyFile: string | undefined): TokenKeys {
  const ofFile = (keyFile === undefined ? undefined : readKeyFile(keyFile)) ?? [];
  const { WB_TOKEN_KEY: ofVariable, WB_TOKEN_KEY_PREVIOUS: previous = [] } = config;
  const [current] = ofVariable === undefined ? ofFile : [ofVariable];
  const all = [...(ofVariable === undefined ? [] : [ofVariable]), ...ofFile, ...previous];
  return {
    current,
    byId: new Map(all.map((key) => [key.id, key])),
    source: ofVariable === undefined && keyFile !== undefined ? keyFile : 'WB_TOKEN_KEY',
  };
}
