import { AppError } from './errors.ts';
import type { Config } from './config.ts';
import { isLoopback } from './loopback.ts';

/** 32 characters of a random key are 128 bits at least, as `openssl rand -hex 32` makes twice of. */
const MIN_LENGTH = 32;
/** A random key of 32 digits has fewer different digits only once in some billions of keys. */
const MIN_DIFFERENT_CHARACTERS = 6;

/** Words of examples, as documentations and templates have them; without what stands between their words. */
const PLACEHOLDER =
  /change_?(me|this|it|in_?production)|your_?(own_?)?(api|app|secret|super|strong|random|key|token|password)|(secret|api|private|access)_?key|secret_?token|super_?secret|replace_?(me|this|with)|place_?holder|insert_?(your|here)|test_?(secret|key)|example|default|password|qwerty|letmein/;
const WORDS = new Set(['secret', 'token', 'admin', 'test', 'key', 'none', 'null', 'undefined', 'dev']);

const HOW = 'Make one: openssl rand -hex 32';

/** Why a key can be guessed, as the end of a sentence that begins with its name; undefined: it cannot. Never quotes it. */
function weaknessOf(key: string): string | undefined {
  if (isPlaceholder(key)) return 'is one that examples use, or a repetition';
  return key.length < MIN_LENGTH ? `has fewer than ${MIN_LENGTH} characters` : undefined;
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
    isRepetition(key) ||
    isSequence(key)
  );
}

/** In a random decimal key at most a fifth of the digits are neighbours of the digit before. */
const MOST_NEIGHBOURS = 0.6;

/** Whether it goes up or down character by character, as abcdefgh… and 9876543210… do. */
function isSequence(key: string): boolean {
  const codes = Array.from(key, (character) => character.codePointAt(0)!);
  const neighbours = codes.filter((code, place) => place > 0 && Math.abs(code - codes[place - 1]!) <= 1);
  return neighbours.length > codes.length * MOST_NEIGHBOURS;
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

type Settings = Pick<Config, 'API_SECRET_KEY' | 'NODE_ENV' | 'HTTP_HOST'>;

/**
 * What to warn of in a key that may be there. Where others than this machine's programs get to the API, and in production, a
 * weak one is no warning.
 *
 * @throws AppError `config_invalid`
 */
export function checkOperatorKey({ API_SECRET_KEY: key, NODE_ENV, HTTP_HOST }: Settings): string | undefined {
  const weakness = key === undefined ? undefined : weaknessOf(key);
  if (weakness === undefined) return undefined;
  const isOpen = !isLoopback(HTTP_HOST);
  if (isOpen || NODE_ENV === 'production') {
    const where = isOpen ? `HTTP_HOST ${HTTP_HOST} lets other machines in` : 'NODE_ENV is production';
    throw new AppError(
      'config_invalid',
      `API_SECRET_KEY ${weakness}, and ${where}: whoever guesses it may do everything. ${HOW}`,
      { details: { variable: 'API_SECRET_KEY' } },
    );
  }
  return `API_SECRET_KEY ${weakness}; with an HTTP_HOST for other machines, or NODE_ENV=production, this would not start. ${HOW}`;
}

/**
 * The key of a configuration that serves the HTTP API, and what to warn of.
 *
 * @throws AppError `config_invalid`
 */
export function requireOperatorKey(config: Settings): { key: string; warning: string | undefined } {
  const { API_SECRET_KEY: key } = config;
  if (key === undefined) {
    throw new AppError(
      'config_invalid',
      'API_SECRET_KEY is not set, so nobody could use the HTTP API. Set it, for example: echo "API_SECRET_KEY=$(openssl rand -hex 32)" >> .env',
    );
  }
  return { key, warning: checkOperatorKey(config) };
}
