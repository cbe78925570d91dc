import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { AppError, messageOf } from '../errors.ts';

const UTF8_MARK = '\ufeff';

/**
 * The variables of a `.env` file. Node's own reader passes over in silence what it does not understand: the first variable
 * behind a byte order mark, all of them in another encoding, a line without `=`, what stands behind a `#`.
 *
 * @param isOurs whether a variable is one of the program: what others are, and how they are written, is no matter of ours
 * @returns undefined: there is no such file
 * @throws AppError `config_invalid` that names the file, the line and what is wrong with it, never a value
 */
export function readEnvFile(
  path: string,
  isOurs: (name: string) => boolean,
): Record<string, string> | undefined {
  const fail = (reason: string, cause?: unknown): AppError =>
    new AppError('config_invalid', `${resolve(path)} cannot be read: ${reason}`, { cause });
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fail(messageOf(error), error);
  }
  const text = decode(bytes);
  if (text === undefined)
    throw fail(
      'it is not UTF-8 text. UTF-16, perhaps, as some editors and PowerShell write: save it as UTF-8.',
    );
  const fault = findFault(text, isOurs);
  if (fault !== undefined) throw fail(fault);
  return parseEnv(text) as Record<string, string>;
}

/** Undefined: it is something else than UTF-8. Text of UTF-16 in ASCII is valid UTF-8, but every other byte of it is 0. */
function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    // As a stream of text it loses its mark.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.startsWith(UTF8_MARK) ? text.slice(1) : text;
  } catch {
    return undefined;
  }
}

/** A value in quotes may go over several lines. */
const QUOTES = /^["'`]/;

function findFault(text: string, isOurs: (name: string) => boolean): string | undefined {
  let quote: string | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (quote !== undefined) {
      if (line.includes(quote)) quote = undefined;
      continue;
    }
    const [, name = '', rest = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)(.*)$/.exec(line) ?? [];
    const value = /^\s*=\s*(.*)$/.exec(rest)?.[1];
    if (value === undefined) {
      if (isOurs(name)) return `line ${index + 1} names ${name}, but is not of the form ${name}=value.`;
      continue;
    }
    const opened = QUOTES.exec(value)?.[0];
    if (opened !== undefined) {
      if (!value.slice(1).includes(opened)) quote = opened;
    } else if (/[^\s]#/.test(value) && isOurs(name)) {
      return `line ${index + 1}: ${name} has a # in a value without quotes, which ends it for some readers and belongs to it for others (docker compose). Put the value into quotes; within a URL write %23.`;
    }
  }
  return undefined;
}
