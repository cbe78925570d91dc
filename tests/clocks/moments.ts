export interface Moment {
  name: string;
  /** What happens then: the tests begin up to half a minute before it, or right then where nothing happens. */
  at: Date;
  /** Whether the tests begin a little before, so that it happens while they run. */
  passes: boolean;
  env?: Readonly<Record<string, string>>;
}

const BERLIN = { TZ: 'Europe/Berlin', CABINET_TIME_ZONE: 'Europe/Berlin' };

/**
 * Moments at which days, months, years and hours do not go on as usual. They are fixed, so that what fails once fails again;
 * it does no harm when they lie in the past.
 */
export const MOMENTS: readonly Moment[] = [
  { name: 'New Year in Moscow', at: new Date('2026-12-31T21:00:00Z'), passes: true },
  { name: 'the end of 29 February in Moscow', at: new Date('2028-02-29T21:00:00Z'), passes: true },
  {
    name: 'the last day of a month, the next one in Moscow',
    at: new Date('2027-04-30T21:30:00Z'),
    passes: false,
  },
  { name: 'Sunday, when the weekly rebuild begins', at: new Date('2026-12-06T03:00:00Z'), passes: true },
  { name: 'the beginning of summer time', at: new Date('2027-03-28T01:00:00Z'), passes: true, env: BERLIN },
  { name: 'the end of summer time', at: new Date('2027-10-31T01:00:00Z'), passes: true, env: BERLIN },
];

/**
 * How many seconds before it the tests of a file begin. A file gets another one at each moment, so that what happens then
 * falls once into its set-up, once into its first test, once into its last.
 */
const LEADS = [30, 15, 8, 4, 2, 1];

/** When the tests of a file begin, the same in each run. */
export function startOf(moment: Moment, file: string): Date {
  if (!moment.passes) return moment.at;
  let place = MOMENTS.indexOf(moment);
  for (const character of file) place += character.codePointAt(0)!;
  return new Date(moment.at.getTime() - LEADS[place % LEADS.length]! * 1000);
}
