/**
 * `2025-12-16T15:30:00Z`: UTC, to the second, as the original system wrote it. Null for what has no such form: `infinity`,
 * which `pg` hands over as a number, and years that JavaScript's Date does not reach.
 */
export function formatTimestamp(time: Date | null): string | null {
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) return null;
  return `${time.toISOString().slice(0, -'.000Z'.length)}Z`;
}
