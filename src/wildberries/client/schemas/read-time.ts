const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/**
 * A time of Wildberries as text that Postgres reads exactly: `2023-12-06T11:17:00.96577Z`. `zone` is that of times that
 * name none; it is put behind the text, never computed with, so neither this machine's zone nor the precision of
 * JavaScript's dates plays a part. `null` for the year 1, which Go programs write for "never"; `undefined` when it is
 * no time. Beyond microseconds, which is what Postgres keeps, digits are cut off.
 */
export function readTime(value: unknown, zone: 'Z' | '+03:00'): string | null | undefined {
  const parts = typeof value === 'string' ? TIME.exec(value.trim()) : null;
  if (!parts) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset = zone] = parts;
  if (Number(year) <= 1) return null;
  if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const zoneText = readOffset(offset);
  if (zoneText === undefined) return undefined;
  const micros = fraction.slice(0, 6).replace(/0+$/, '');
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${micros === '' ? '' : `.${micros}`}${zoneText}`;
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** `+03`, `+0300` and `+03:00` are the same; Postgres takes offsets below 16 hours. */
function readOffset(offset: string): string | undefined {
  if (offset.toUpperCase() === 'Z') return 'Z';
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  const [hours, minutes] = [digits.slice(0, 2), digits.slice(2)];
  return Number(hours) > 15 || Number(minutes) > 59 ? undefined : `${offset[0]!}${hours}:${minutes}`;
}
