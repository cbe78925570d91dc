import { z } from 'zod';
import { findPostgresUrlFault } from './postgres-url.ts';
import { HOW_TO_MAKE_TOKEN_KEY, parseTokenKey, type TokenKey } from './token-key.ts';

const BOOLEAN_WORDS = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

export const boolean = (example: string) =>
  z.string().transform((text, context) => {
    const value = BOOLEAN_WORDS.get(text.toLowerCase());
    if (value === undefined) {
      context.addIssue({ code: 'custom', message: `expected true or false, for example ${example}` });
      return z.NEVER;
    }
    return value;
  });

export const integer = (min: number, max: number, example: number) =>
  z.string().transform((text, context) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      context.addIssue({
        code: 'custom',
        message: `expected a whole number from ${min} to ${max}, for example ${example}`,
      });
      return z.NEVER;
    }
    return value;
  });

export const decimal = (min: number, max: number, example: number) =>
  z.string().transform((text, context) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      context.addIssue({
        code: 'custom',
        message: `expected a number from ${min} to ${max}, for example ${example}`,
      });
      return z.NEVER;
    }
    return value;
  });

/** One of a few numbers, as words in a list say them. */
export const oneOf = (values: readonly number[], example: number) =>
  z.string().transform((text, context) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!values.includes(value)) {
      context.addIssue({
        code: 'custom',
        message: `expected one of ${values.join(', ')}, for example ${example}`,
      });
      return z.NEVER;
    }
    return value;
  });

export const url = (protocols: readonly string[], example: string) =>
  z.string().refine((text) => protocols.includes(URL.parse(text)?.protocol ?? ''), {
    message: `expected a URL of the form ${example}`,
  });

export const postgresUrl = z.string().transform((text, context) => {
  const fault = findPostgresUrlFault(text);
  if (fault === undefined) return text;
  context.addIssue({ code: 'custom', message: fault });
  return z.NEVER;
});

export const text = z.string();

/** Origins as browsers send them, separated by commas. */
export const origins = z.string().transform((list, context) => {
  const found = list.split(',').map((origin) => origin.trim());
  if (
    !found.every((origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin))
  ) {
    context.addIssue({
      code: 'custom',
      message:
        'expected origins separated by commas, without a path or a slash at the end, for example https://shop.example,http://localhost:3000, or * for all',
    });
    return z.NEVER;
  }
  return found;
});

/** As they stand in a Host header, without the port. */
export const hostNames = z.string().transform((list, context) => {
  const found = list.split(',').map((name) => name.trim().toLowerCase());
  if (!found.every((name) => name === '*' || /^(?:[\w.-]+|\[[\da-f:.]+\])$/.test(name))) {
    context.addIssue({
      code: 'custom',
      message:
        'expected names of hosts separated by commas, without ports, for example shop.example, or * for any',
    });
    return z.NEVER;
  }
  return found;
});

export const timeZone = z.string().refine(
  (name) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
    } catch {
      return false;
    }
  },
  { message: 'expected the IANA name of a time zone, for example Asia/Yekaterinburg' },
);

/** Keys of Wildberries tokens, separated by commas. */
export const tokenKeys = z.string().transform((list, context) => {
  const keys: TokenKey[] = [];
  for (const key of list.split(',')) {
    const parsed = parseTokenKey(key);
    if (parsed === undefined) {
      context.addIssue({
        code: 'custom',
        message: `expected 32 random bytes in base64 or hex, for example of: ${HOW_TO_MAKE_TOKEN_KEY}`,
      });
      return z.NEVER;
    }
    keys.push(parsed);
  }
  return keys;
});

export const oneTokenKey = tokenKeys.transform((keys, context) => {
  if (keys.length === 1) return keys[0]!;
  context.addIssue({ code: 'custom', message: 'expected one key; older ones go into WB_TOKEN_KEY_PREVIOUS' });
  return z.NEVER;
});
