import type { PartLog, RunStatus } from './sync-run.ts';

/** How a run stands by its parts. It waits while any part does; it is partial when some brought something, not all. */
export function summarizeRun(parts: readonly PartLog[]): {
  status: RunStatus;
  errorMessage: string | null;
  nextAttemptAt: Date | null;
} {
  const waiting = parts.filter(({ status }) => status === 'waiting');
  const errorMessage = describeTroubles(parts);
  if (waiting.length > 0) {
    const next = Math.min(...waiting.map(({ nextAttemptAt }) => nextAttemptAt?.getTime() ?? Date.now()));
    return { status: 'waiting', errorMessage, nextAttemptAt: new Date(next) };
  }
  const completed = parts.filter(({ status }) => status === 'completed').length;
  const status = completed === parts.length ? 'completed' : completed > 0 ? 'partial' : 'failed';
  return { status, errorMessage, nextAttemptAt: null };
}

/** Counts by part, for a log line. */
export function describeParts(
  parts: readonly PartLog[],
): Record<string, { processed: number; created: number; updated: number; errors: number }> {
  return Object.fromEntries(
    parts.map(({ part, processed, created, updated, errors }) => [
      part,
      { processed, created, updated, errors },
    ]),
  );
}

/** What is wrong, each reason once: `products, prices: …`. */
function describeTroubles(parts: readonly PartLog[]): string | null {
  const troubled = parts.filter(({ errorMessage }) => errorMessage !== null);
  if (troubled.length === 0) return null;
  return [...Map.groupBy(troubled, ({ errorMessage }) => errorMessage)]
    .map(
      ([reason, group]) => `${group.map(({ part }) => part).join(', ')}: ${reason?.replace(/\.$/, '') ?? ''}`,
    )
    .join('; ');
}
