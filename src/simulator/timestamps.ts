const MOSCOW_MS = 3 * 60 * 60 * 1000;
const MOMENT = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Some have a fraction; which, follows from the time, so that equal times are written alike. */
const WITH_FRACTION_EVERY = 8;

/** `2022-03-04T18:08:31` in Moscow, with a fraction now and then (`…:31.5`, `…:31.000`): the statistics' way. */
export function toMoscow(at: Date): string {
  const iso = moscowIso(at);
  if (at.getTime() % 1000 !== 0) return iso.replace(/0*Z$/, '');
  return Math.floor(at.getTime() / 1000) % WITH_FRACTION_EVERY === 0 ? iso.slice(0, 23) : iso.slice(0, 19);
}

/** `2022-03-04T18:08:31` in Moscow, whole seconds. */
export function toMoscowSeconds(at: Date): string {
  return moscowIso(at).slice(0, 19);
}

/** `2024-09-26T10:20:48+03:00`: the feedbacks' way. */
export function toMoscowWithOffset(at: Date): string {
  return `${toMoscowSeconds(at)}+03:00`;
}

/** `2024-09-26` in Moscow. */
export function toMoscowDay(at: Date): string {
  return moscowIso(at).slice(0, 10);
}

function moscowIso(at: Date): string {
  return new Date(at.getTime() + MOSCOW_MS).toISOString();
}

/**
 * Microseconds since 1970 of a time that the shop knows to the millisecond. Equal times stay equal, so that a cursor has
 * ties to break; the rest makes sure that a client which rounds a cursor to milliseconds sees rows twice or never.
 */
export function microsOf(at: Date): number {
  const ms = at.getTime();
  const rest = 11 + ((ms * 7919) % 989);
  return ms * 1000 + (rest % 100 === 0 ? rest + 10 : rest);
}

/** `2023-12-06T11:17:00.96577Z`: Content's way, with 5 or 6 decimals, as Go prints them. */
export function toUtcMicros(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19);
  const fraction = String(micros % 1_000_000).padStart(6, '0');
  return `${seconds}.${fraction.replace(/0$/, '')}Z`;
}

/**
 * Milliseconds since 1970, with a fraction, of a date or a moment of RFC 3339; one without a zone is of the zone given.
 * `undefined` when it is no such thing.
 */
export function parseMoment(text: string, zone: 'Moscow' | 'UTC'): number | undefined {
  const match = MOMENT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse takes the 30th of February for the 2nd of March.
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day)) return undefined;
  return ms + Number(fraction === '' ? 0 : `0${fraction}`) * 1000 - offsetMs(offset, zone);
}

function offsetMs(offset: string | undefined, zone: 'Moscow' | 'UTC'): number {
  if (offset === undefined) return zone === 'Moscow' ? MOSCOW_MS : 0;
  if (offset === 'Z') return 0;
  const [hours, minutes] = offset.slice(1).split(':').map(Number);
  return (offset.startsWith('-') ? -1 : 1) * (hours! * 60 + minutes!) * 60_000;
}
