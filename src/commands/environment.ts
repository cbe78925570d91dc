import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../config.ts';
import { isConfigVariable, loadConfig } from '../load-config.ts';
import { AppError, messageOf } from '../errors.ts';
import { createLog, type Log } from '../log.ts';
import { useOutgoingProxy } from '../outgoing-proxy.ts';
import { readEnvFile } from './env-file.ts';

const ENV_FILE = '.env';
/** The key of Wildberries tokens, beside `.env`. */
export const TOKEN_KEY_FILE = '.wb-token-key';

/** The configuration: environment variables first, then `.env` of the working directory. Whatever goes out goes by it from then on. */
export function readConfig(): Config {
  for (const [name, value] of Object.entries(readEnvFile(ENV_FILE, isConfigVariable) ?? {}))
    process.env[name] ??= value;
  useOutgoingProxy(process.env);
  return loadConfig(process.env);
}

/**
 * Writes a `.env` with a random API key where there is none, readable by its owner only; an existing one is never
 * touched, and none is written in production, where a key that nobody has set is a mistake. Resolves to its path when it
 * was written.
 */
export async function writeEnvFileOnce(): Promise<string | undefined> {
  const { API_SECRET_KEY = '', NODE_ENV = '' } = process.env;
  if (existsSync(ENV_FILE) || API_SECRET_KEY !== '' || NODE_ENV.trim() === 'production') return undefined;
  const text = `# Written by wb-assist at its first start. What else can be set here: .env.example
API_SECRET_KEY=${randomBytes(32).toString('hex')}
`;
  try {
    await writeFile(ENV_FILE, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw new AppError(
      'config_invalid',
      `There is no ${ENV_FILE} and it cannot be written (${messageOf(error)}). Set API_SECRET_KEY in the environment.`,
      { cause: error },
    );
  }
  return resolve(ENV_FILE);
}

/** Whether the log is for a person at a terminal. */
export function isPretty(config: Config): boolean {
  return config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stdout.isTTY);
}

export function createProcessLog(config: Config): Log {
  return createLog({ level: config.LOG_LEVEL, format: isPretty(config) ? 'pretty' : 'json' });
}
