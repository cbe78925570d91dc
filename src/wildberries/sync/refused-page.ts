import { AppError } from '../../errors.ts';
import type { RowProblem } from '../client/client.ts';

/**
 * A page of which most rows could not be used says more of the page than of the rows: a field has another name or form. Its
 * part fails, so that somebody looks, and no cursor moves past it. `undefined`: most of them, at least, were right.
 */
export function judgePage(
  part: string,
  processed: number,
  refused: number,
  problem: RowProblem | undefined,
): AppError | undefined {
  if (problem === undefined || refused * 2 <= processed) return undefined;
  return new AppError(
    'wb_rejected',
    `Wildberries sent ${part} of which ${refused} of ${processed} cannot be used (${problem.field} ${problem.reason}). They are asked for again by the next sync. Its API may have changed: look for a newer version of wb-assist.`,
    { details: { part, refused, processed, field: problem.field } },
  );
}
