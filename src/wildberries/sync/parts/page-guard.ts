import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../../errors.ts';
import type { RowProblem } from '../../client/client.ts';

/** The pages that have come are part of the position, so a part still knows them after it had to wait. */
export const guardSchema = z
  .object({ pages: z.int().nonnegative(), seen: z.array(z.string()) })
  .optional()
  .catch(undefined);
export type GuardState = NonNullable<z.output<typeof guardSchema>>;

export interface PageGuard {
  /**
   * Counts a page. True when one of the last pages had the same rows: Wildberries does not go on, and would send it again
   * for ever.
   *
   * @throws AppError `wb_rejected` when there were more pages than any seller has
   */
  isRepeated(fingerprint: string | undefined): boolean;
  readonly state: GuardState;
}

/** Pages that come in turns are found up to so many. */
const REMEMBERED = 16;
/** A thousand goods, five thousand reviews or eighty thousand orders each. */
const MAX_PAGES = 1_000;

export function createPageGuard(what: string, saved?: GuardState, maxPages = MAX_PAGES): PageGuard {
  const state: GuardState = { pages: saved?.pages ?? 0, seen: [...(saved?.seen ?? [])] };
  return {
    state,
    isRepeated(fingerprint) {
      state.pages++;
      if (state.pages > maxPages) {
        throw new AppError(
          'wb_rejected',
          `Wildberries sends ${what} without an end: ${maxPages} pages came. What came is kept. Its API may have changed: look for a newer version of wb-assist.`,
        );
      }
      // An answer without rows is the end, not a page.
      if (fingerprint === undefined) return false;
      const isRepeated = state.seen.includes(fingerprint);
      state.seen = [...state.seen.filter((known) => known !== fingerprint), fingerprint].slice(-REMEMBERED);
      return isRepeated;
    },
  };
}

/** Tells a page by its rows, or their keys, in their order, while they come. `undefined` without any. */
export function createFingerprint() {
  const hash = createHash('sha256');
  let rows = 0;
  return {
    /** Keeps pages of another kind apart. */
    mark(kind: string): void {
      hash.update(`${kind}\n`);
    },
    add(row: unknown): void {
      rows++;
      hash.update(`${JSON.stringify(row)}\n`);
    },
    value: (): string | undefined => (rows === 0 ? undefined : hash.digest('base64').slice(0, 16)),
  };
}

/** The fingerprint of a whole page, refused rows included. */
export function fingerprintOfPage<Row>(
  page: { rows: readonly Row[]; problems: readonly RowProblem[] },
  keyOf: (row: Row) => unknown,
): string | undefined {
  const fingerprint = createFingerprint();
  for (const row of page.rows) fingerprint.add(keyOf(row));
  for (const { key, field } of page.problems) fingerprint.add({ key, field });
  return fingerprint.value();
}
