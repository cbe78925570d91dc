import { z } from 'zod';
import { readTime } from './read-time.ts';

/**
 * The kinds of fields that rows of Wildberries consist of. Whatever its specification says, a field may be missing, null
 * or empty, and a number may come as text: all of that is read. What cannot be understood refuses the row, because a
 * guess would overwrite what is known. Messages say what was expected and never quote the value: it may be a person's.
 */

/** What a JSON number or a numeric string holds, in its shortest exact form; `undefined` when it is neither. */
const DECIMAL = /^-?\d{1,18}(\.\d{1,30})?$/;

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

// Bare transforms, which also see a missing field: with `z.unknown().optional().transform()` a row takes twice as long.

/** A field that may be absent: `read` gets whatever else came, and gives `undefined` when it makes no sense. */
function optional<T>(expected: string, read: (value: unknown) => T | null | undefined) {
  return z.transform((value: unknown, context): T | null => {
    if (isNothing(value)) return null;
    const result = read(value);
    if (result !== undefined) return result;
    context.issues.push({ code: 'custom', message: `is not ${expected}`, input: value });
    return z.NEVER;
  });
}

/** Longer than any key of Wildberries, and still within what an index of Postgres takes. */
const MAX_KEY_LENGTH = 1_000;

function readKey(value: unknown): string | null | undefined {
  const text = readText(value);
  return typeof text === 'string' && text.length > MAX_KEY_LENGTH ? undefined : text;
}

/** A field that a row cannot do without. */
function required<T>(expected: string, read: (value: unknown) => T | null | undefined) {
  return z.transform((value: unknown, context): T => {
    const result = isNothing(value) ? null : read(value);
    if (result !== undefined && result !== null) return result;
    const message = result === null ? 'is missing' : `is not ${expected}`;
    context.issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  });
}

/** Postgres takes neither NUL nor a lone surrogate, in text as in jsonb. */
export function cleanText(value: string): string {
  return value.replaceAll('\0', '').toWellFormed();
}

function readText(value: unknown): string | null | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string') return undefined;
  const text = cleanText(value);
  return text.trim() === '' ? null : text;
}

function readInteger(value: unknown): number | undefined {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number + 0 : undefined;
}

/** 0 stands for "none" where Wildberries has no id to give. */
function readId(value: unknown): number | null | undefined {
  const number = readInteger(value);
  if (number === 0) return null;
  return number !== undefined && number > 0 ? number : undefined;
}

function readDecimal(value: unknown): string | undefined {
  // JavaScript writes a number in its shortest exact form; with an exponent it is no amount of money or percentage.
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && DECIMAL.test(text) ? text : undefined;
}

function readFlag(value: unknown): boolean | undefined {
  if (value === true || value === 1 || value === 'true') return true;
  return value === false || value === 0 || value === 'false' ? false : undefined;
}

function readTextList(value: unknown): string[] | undefined {
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  const texts = values.map((item) => (isNothing(item) ? null : readText(item)));
  return texts.includes(undefined) ? undefined : texts.filter((text) => typeof text === 'string');
}

export const text = optional('a text', readText);
/** A row's natural key. */
export const requiredKey = required(`a text of at most ${MAX_KEY_LENGTH} characters`, readKey);
export const integer = optional('a whole number', readInteger);
/** Whole, positive, exact in JavaScript (up to 2^53 - 1). */
export const id = optional('an id', readId);
export const requiredId = required('an id', readId);
/** Money and percentages: exact decimal text, as Postgres' numeric reads it. */
export const decimal = optional('a decimal number', readDecimal);
export const flag = optional('true or false', readFlag);
/** A list of texts, or one text on its own; absent: empty. */
export const texts = z.pipe(
  optional('a list of texts', readTextList),
  z.transform((list: string[] | null) => list ?? []),
);

/** A time whose zone, when it names none, is UTC (Content, Feedbacks). */
export const time = optional('a time', (value) => readTime(value, 'Z'));
/** A time whose zone, when it names none, is Moscow's (Statistics). */
export const moscowTime = optional('a time', (value) => readTime(value, '+03:00'));

/** A list of objects; absent: empty. */
export function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);
}
