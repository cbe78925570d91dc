import { z } from 'zod';
import { readDecimal, readWholeDigits } from './read-decimal.ts';
import { readCode, readText } from './read-text.ts';
import { readTime } from './read-time.ts';

/**
 * The kinds of fields that rows of Wildberries consist of. Schemas name what is stored and nothing else, so that whatever
 * else a row has, in whatever form, is nobody's business. What a schema names may be missing, null or empty, a number
 * may come as text, and one thing in place of a list of things: all of that is read. What cannot be understood refuses
 * the row, because a guess would overwrite what is known. Messages say what was expected and never quote the value: it
 * may be a person's.
 */

/** An id of Wildberries: a number where JavaScript holds it, beyond 2^53 its digits. Postgres takes both as bigint. */
export type WbId = number | string;

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

/** A field that is only looked at when another one says nothing: what cannot be understood says nothing either. */
function spare<T>(read: (value: unknown) => T | null | undefined) {
  return z.transform((value: unknown): T | null => (isNothing(value) ? null : (read(value) ?? null)));
}

/** Longer than any key of Wildberries, and still within what an index of Postgres takes. */
const MAX_KEY_LENGTH = 1_000;

function readKey(value: unknown): string | null | undefined {
  const text = readCode(value);
  return typeof text === 'string' && text.length > MAX_KEY_LENGTH ? undefined : text;
}

function readInteger(value: unknown): number | undefined {
  const number = Number(readWholeDigits(value) ?? NaN);
  return Number.isSafeInteger(number) ? number : undefined;
}

const MAX_BIGINT = 2n ** 63n - 1n;

function readBigint(value: unknown): WbId | undefined {
  const digits = readWholeDigits(value);
  if (digits === undefined) return undefined;
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number;
  const exact = BigInt(digits);
  return exact > MAX_BIGINT || exact < -MAX_BIGINT ? undefined : digits;
}

/** 0 stands for "none" where Wildberries has no id to give. */
export function readId(value: unknown): WbId | null | undefined {
  const number = readBigint(value);
  if (number === 0) return null;
  return number === undefined || String(number).startsWith('-') ? undefined : number;
}

function readFlag(value: unknown): boolean | undefined {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (word === true || word === 1 || word === 'true' || word === '1') return true;
  return word === false || word === 0 || word === 'false' || word === '0' ? false : undefined;
}

/** Blank items are none. */
function readListOf(read: (value: unknown) => string | null | undefined) {
  return (value: unknown): string[] | undefined => {
    const values = Array.isArray(value) ? (value as unknown[]) : [value];
    const texts = values.map((item) => (isNothing(item) ? null : read(item)));
    return texts.includes(undefined) ? undefined : texts.filter((text) => typeof text === 'string');
  };
}

function listed(read: (value: unknown) => string | null | undefined) {
  return z.pipe(
    optional('a list of texts', readListOf(read)),
    z.transform((list: string[] | null) => list ?? []),
  );
}

/** What people read; without HTML's entities. */
export const text = optional('a text', readText);
export const spareText = spare(readText);
/** A text as it was sent: barcodes, numbers that are names. */
export const code = optional('a text', readCode);
/** A row's natural key. */
export const requiredKey = required(`a text of at most ${MAX_KEY_LENGTH} characters`, readKey);
export const optionalKey = optional(`a text of at most ${MAX_KEY_LENGTH} characters`, readKey);
export const integer = optional('a whole number', readInteger);
export const id = optional('an id', readId);
export const requiredId = required('an id', readId);
/** An id that may be negative: Wildberries hides its warehouses behind -999999. */
export const signedId = optional('a whole number', readBigint);
/** Rubles, rounded to kopecks: exact decimal text, as Postgres' numeric reads it. */
export const money = optional('a decimal number', (value) => readDecimal(value, 2));
/** Percentages and ratings, without the noise of binary fractions. */
export const decimal = optional('a decimal number', (value) => readDecimal(value, 8));
export const flag = optional('true or false', readFlag);
/** Lists of texts, or one text on its own; absent: empty. */
export const texts = listed(readText);
export const codes = listed(readCode);

/** A time whose zone, when it names none, is UTC (Content, Feedbacks). */
export const time = optional('a time', (value) => readTime(value, 'Z'));
export const spareTime = spare((value) => readTime(value, 'Z'));
/** A time whose zone, when it names none, is Moscow's (Statistics). */
export const moscowTime = optional('a time', (value) => readTime(value, '+03:00'));

/** The list in a field: an object on its own is a list of it, and null, which Go programs write for it, an empty one. */
export function readObjects(value: unknown): unknown[] | undefined {
  if (isNothing(value)) return [];
  if (typeof value !== 'object') return undefined;
  return Array.isArray(value) ? (value as unknown[]).filter((item) => !isNothing(item)) : [value];
}

/** A list of objects; absent: empty. */
export function listOf<T extends z.ZodType>(item: T) {
  const list = z.transform((value: unknown, context): unknown[] => {
    const items = readObjects(value);
    if (items !== undefined) return items;
    context.issues.push({ code: 'custom', message: 'is not a list', input: value });
    return z.NEVER;
  });
  return z.pipe(list, z.array(item));
}

/** An object; absent, or the empty list that PHP programs write for an empty one: null. */
export function objectOf<T extends z.ZodType>(schema: T) {
  const isEmpty = (value: unknown): boolean =>
    isNothing(value) || (Array.isArray(value) && value.length === 0);
  return z.pipe(
    z.transform((value: unknown) => (isEmpty(value) ? null : value)),
    z.nullable(schema),
  );
}
