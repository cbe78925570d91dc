import { z } from 'zod';
import { AppError } from '../errors.ts';
import {
  addDays,
  addMonths,
  EVERYTHING,
  firstOfMonth,
  isDate,
  localDate,
  mondayOf,
  type LocalDate,
  type Period,
} from '../calendar.ts';

/** Whose figures, and what "today" is. Never read from the clock or the environment further down. */
export interface AnalyticsContext {
  cabinetId: number;
  now: Date;
  /** IANA name. */
  timeZone: string;
}

/** Each from the day it begins, up to today where it is not over. */
const NAMED = {
  today: (today) => ({ from: today, to: today }),
  yesterday: (today) => ({ from: addDays(today, -1), to: addDays(today, -1) }),
  this_week: (today) => ({ from: mondayOf(today), to: today }),
  last_week: (today) => ({ from: addDays(mondayOf(today), -7), to: addDays(mondayOf(today), -1) }),
  this_month: (today) => ({ from: firstOfMonth(today), to: today }),
  last_month: (today) => ({
    from: addMonths(firstOfMonth(today), -1),
    to: addDays(firstOfMonth(today), -1),
  }),
  this_year: (today) => ({ from: `${today.slice(0, 4)}-01-01`, to: today }),
  last_7_days: (today) => ({ from: addDays(today, -6), to: today }),
  last_30_days: (today) => ({ from: addDays(today, -29), to: today }),
  last_90_days: (today) => ({ from: addDays(today, -89), to: today }),
  all: () => EVERYTHING,
} satisfies Record<string, (today: LocalDate) => Period>;

type PeriodName = keyof typeof NAMED;
const PERIOD_NAMES = Object.keys(NAMED) as [PeriodName, ...PeriodName[]];

/** A day that exists, in years that a table of orders can have. */
const day = z
  .string()
  .regex(/^(19|20|21)\d\d-\d\d-\d\d$/, 'must be a date of the form YYYY-MM-DD')
  .refine(isDate, 'must be a day that exists');

export const periodParameters = {
  period: z
    .enum(PERIOD_NAMES)
    .optional()
    .describe('A named period, instead of from and to. Weeks begin on Monday; last_30_days includes today.'),
  from: day.optional().describe('First day, YYYY-MM-DD, a day of the cabinet’s time zone.'),
  to: day.optional().describe('Last day, included. Default: today.'),
};

export const otherPeriodParameters = {
  other_from: day.optional().describe('First day of the period to compare with. Default: the period before.'),
  other_to: day.optional().describe('Last day of the period to compare with, included.'),
};

export interface GivenPeriod {
  period?: PeriodName | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** The period that the parameters mean; `fallback` when they name none. Throws `invalid_request`. */
export function resolvePeriod(given: GivenPeriod, context: AnalyticsContext, fallback: PeriodName): Period {
  const today = localDate(context.now, context.timeZone);
  const { period, from, to } = given;
  if (period !== undefined && (from !== undefined || to !== undefined))
    throw badParameter('period', 'must not be given together with from or to');
  if (from === undefined && to !== undefined) throw badParameter('from', 'is required with to');
  if (from === undefined) return NAMED[period ?? fallback](today);
  const end = to ?? today;
  if (end < from)
    throw badParameter(
      to === undefined ? 'from' : 'to',
      `must not be ${to === undefined ? 'in the future without to' : 'before from'}`,
    );
  return { from, to: end };
}

export function resolveOther(
  given: { other_from?: string | undefined; other_to?: string | undefined },
  fallback: () => Period,
): Period {
  const { other_from: from, other_to: to } = given;
  if (from === undefined && to === undefined) return fallback();
  if (from === undefined) throw badParameter('other_from', 'is required with other_to');
  if (to === undefined) throw badParameter('other_to', 'is required with other_from');
  if (to < from) throw badParameter('other_to', 'must not be before other_from');
  return { from, to };
}

export function badParameter(field: string, reason: string): AppError {
  return new AppError('invalid_request', `The request is not usable: ${field} ${reason}.`, {
    details: { errors: [{ field, reason }] },
  });
}
