import { AppError } from './errors.ts';
import type { Config } from './config.ts';

/** 32 characters of a random key are 128 bits at least, as `openssl rand -hex 32` makes twice of. */
const MIN_PRODUCTION_LENGTH = 32;
/** Of 32 random digits fewer differ once in some billions of keys. */
const MIN_DIFFERENT_CHARACTERS = 6;

/** Words of examples, as documentations and templates have them; without what stands between their words. */
const PLACEHOLDER =
  /change_?(me|this|it|in_?production)|your_?(own_?)?(api|app|secret|super|strong|random|key|token|password)|(secret|api|private|access)_?key|secret_?token|super_?secret|replace_?(me|this|with)|place_?holder|insert_?(your|here)|test_?(secret|key)|example|default|password|qwerty|letmein/;
const WORDS = new Set(['secret', 'token', 'admin', 'test', 'key', 'none', 'null', 'undefined', 'dev']);

const HOW = 'Make one: openssl rand -hex 32';

/** Why a key can be guessed, as the end of a sentence that begins with its name; undefined: it cannot. Never quotes it. */
function weaknessOf(key: string): string | undefined {
  if (isPlaceholder(key)) return 'is one that examples use, or a repetition';
  return key.length < MIN_PRODUCTION_LENGTH
    ? `has fewer than ${MIN_PRODUCTION_LENGTH} characters`
    : undefined;
}

function isPlaceholder(key: string): boolean {
  const words = key.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '_');
  const bare = words.replaceAll('_', '');
  return (
    PLACEHOLDER.test(words) ||
    PLACEHOLDER.test(bare) ||
    WORDS.has(bare) ||
    /^[<[{$].*[>\]}]$/.test(key) ||
    new Set(key).size < MIN_DIFFERENT_CHARACTERS ||
    isRepetition(key)
  );
}

/** Whether it consists of one piece, again and again, as 1234567890123… does. */
function isRepetition(key: string): boolean {
  for (let length = 1; length <= key.length / 2; length += 1) {
    if (
      key ===
      key
        .slice(0, length)
        .repeat(Math.ceil(key.length / length))
        .slice(0, key.length)
    )
      return true;
  }
  return false;
}

/**
 * The key of a configuration that serves the HTTP API, and what to warn of. In production a weak one is no warning.
 *
 * @throws AppError `config_invalid`
 */
export function requireOperatorKey(config: Pick<Config, 'API_SECRET_KEY' | 'NODE_ENV'>): {
  key: string;
  warning: string | undefined;
} {
  const { API_SECRET_KEY: key, NODE_ENV } = config;
  if (key === undefined) {
    throw new AppError(
      'config_invalid',
      'API_SECRET_KEY is not set, so nobody could use the HTTP API. Set it, for example: echo "API_SECRET_KEY=$(openssl rand -hex 32)" >> .env',
    );
  }
  const weakness = weaknessOf(key);
  if (weakness === undefined) return { key, warning: undefined };
  if (NODE_ENV === 'production')
    throw new AppError(
      'config_invalid',
      `API_SECRET_KEY ${weakness}, and NODE_ENV is production: whoever guesses it may do everything. ${HOW}`,
    );
  return {
    key,
    warning: `API_SECRET_KEY ${weakness}; with NODE_ENV=production this would not start. ${HOW}`,
  };
}
