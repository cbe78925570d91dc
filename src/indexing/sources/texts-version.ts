/**
 * Raise it with any change of what chunks say, or of which rows call for one: every cabinet is then compared anew, once.
 * tests/unit/texts-version.test.ts knows what the texts of this version are.
 */
export const TEXTS_VERSION = 1;

/** The version of everything that decides which texts there are: the code and the window. */
export function textsVersionOf(windowDays: number): string {
  return `${TEXTS_VERSION}/${windowDays} days`;
}
