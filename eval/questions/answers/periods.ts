/** Conditions for the days of a row, as seen from the frozen Thursday, 20 November 2036. */
export const TODAY = 'x.age = 0';
export const YESTERDAY = 'x.age = 1';
/** Seven days, today included; what «за неделю» means. */
export const WEEK = 'x.age between 0 and 6';
/** What «за месяц» means, and a question about figures without a period. */
export const DAYS_30 = 'x.age between 0 and 29';
export const THIS_WEEK = days('11-17', '11-20');
export const LAST_WEEK = days('11-10', '11-16');
export const THIS_MONTH = days('11-01', '11-20');
export const OCTOBER = days('10-01', '10-31');
export const SEPTEMBER = days('09-01', '09-30');

/** Of this year, both ends included. */
export function days(from: string, to = from): string {
  return `x.day between '2036-${from}' and '2036-${to}'`;
}

/** The last so many days, today included. */
export function lastDays(count: number): string {
  return `x.age between 0 and ${count - 1}`;
}
