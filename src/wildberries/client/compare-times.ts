import { readTime } from './schemas/read-time.ts';

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const MOSCOW_MS = 3 * 3_600_000;

interface Instant {
  /** Whole seconds, in ms since 1970. */
  secondsMs: number;
  /** Digits of the fraction without zeros at the end: they compare as text. */
  fraction: string;
}

/** A time after this year cannot be the time of a change: a cursor there would never find anything again. */
const LAST_YEAR = 2100;

/** A raw time of Statistics, Moscow's unless it names a zone; `undefined` when it is none. Loses no digit. */
function readInstant(raw: string): Instant | undefined {
  const parts = TIME.exec(raw.trim());
  if (!parts || typeof readTime(raw, '+03:00') !== 'string' || Number(parts[1]) > LAST_YEAR) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = parts;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const local = Date.UTC(y, mo - 1, d, h, mi, s);
  return { secondsMs: local - offsetMs(zone), fraction: fraction.replace(/0+$/, '') };
}

/** Whether it is a time at which something may have changed, and that may so be asked for. */
export function isMoment(raw: string): boolean {
  return readInstant(raw) !== undefined;
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined) return MOSCOW_MS;
  if (zone.toUpperCase() === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
}

/** Negative: `a` is earlier. `…:15` and `…:15.000` are the same. What cannot be read is earlier than everything. */
export function compareTimes(a: string, b: string): number {
  if (a === b) return 0;
  const [first, second] = [readInstant(a), readInstant(b)];
  if (!first || !second) return Number(first !== undefined) - Number(second !== undefined);
  if (first.secondsMs !== second.secondsMs) return first.secondsMs - second.secondsMs;
  if (first.fraction === second.fraction) return 0;
  return first.fraction < second.fraction ? -1 : 1;
}

function toMoscowText(ms: number): string {
  return new Date(ms + MOSCOW_MS).toISOString().slice(0, 23);
}

/** The first whole millisecond after a time, as Statistics takes it: Moscow time without a zone. */
export function nextMillisecond(raw: string): string {
  const instant = readInstant(raw);
  if (!instant) return raw;
  const ms = Number(instant.fraction.padEnd(3, '0').slice(0, 3));
  return toMoscowText(instant.secondsMs + ms + 1);
}

/** A time as Statistics takes it, `ms` before another one. What cannot be read comes back as it is. */
export function timeBefore(raw: string, ms: number): string {
  const instant = readInstant(raw);
  return instant === undefined ? raw : toMoscowText(instant.secondsMs - ms);
}

/** `2026-11-22`: the day in Moscow, `daysAgo` days before the moment `nowMs`. */
export function moscowDay(nowMs: number, daysAgo = 0): string {
  return toMoscowText(nowMs - daysAgo * 86_400_000).slice(0, 10);
}
