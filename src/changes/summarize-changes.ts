import type { ClaimedChanges } from '../events.ts';
import type { FoldedChanges } from './batches.ts';
import type { Change } from './queries.ts';

/** What was claimed of each cabinet, in numbers: for those who watch. */
export function summarizeChanges(
  changes: readonly Change[],
  { cabinets, productNames }: FoldedChanges,
): ClaimedChanges[] {
  const oldest = new Map<number, Date>();
  for (const { cabinetId, capturedAt } of changes) {
    const known = oldest.get(cabinetId);
    if (known === undefined || capturedAt < known) oldest.set(cabinetId, capturedAt);
  }
  return [...oldest].map(([cabinetId, oldestCapturedAt]) => {
    const cabinet = cabinets.get(cabinetId);
    const renamedProducts = productNames.get(cabinetId)?.size ?? 0;
    const ids = [...(cabinet?.ids ?? [])].map(([source, of]) => [source, of.size] as const);
    const rows = cabinet?.everything === true ? undefined : Object.fromEntries(ids);
    return { cabinetId, rows, renamedProducts, oldestCapturedAt };
  });
}
