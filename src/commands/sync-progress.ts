import cliProgress from 'cli-progress';
import { PART_NAMES, type PartName } from '../wildberries/sync/parts.ts';
import type { SyncState } from '../wildberries/sync/request-sync.ts';
import { ENDED_STATUSES, type PartLog } from '../wildberries/sync/sync-run.ts';

export interface SyncProgress {
  /** A line above the bar. */
  say(line: string): void;
  /** Moves the bar, and says of each part once how it ended. */
  show(state: SyncState): void;
  stop(): void;
}

/** How far a sync is: a bar on a terminal, lines elsewhere. `quiet`: nothing at all. */
export function createSyncProgress(cabinetId: number, { quiet }: { quiet: boolean }): SyncProgress {
  const said = new Set<string>();
  let bar: cliProgress.SingleBar | undefined;
  if (!quiet && process.stdout.isTTY) {
    const format = '  |{bar}| {value}/{total} {part}';
    bar = new cliProgress.SingleBar({ format, hideCursor: true, clearOnComplete: true, barsize: 24 });
    bar.start(PART_NAMES.length, 0, { part: '' });
  }

  function say(line: string): void {
    // Several polls see the same.
    if (quiet || said.has(line)) return;
    said.add(line);
    // The bar draws itself anew below, in the line that is cleared for this one.
    if (bar !== undefined) process.stdout.write('\r\u001b[2K');
    console.log(line);
  }

  return {
    say,
    show({ run, parts }) {
      if (run === undefined) return;
      // Only what this run has done: a part that it leaves out still shows its last run.
      const own = parts.filter(({ startedAt }) => startedAt >= run.startedAt);
      for (const part of own)
        if (ENDED_STATUSES.has(part.status) || part.status === 'waiting') say(describe(part));
      const current = own.find(({ status }) => status === 'running');
      bar?.update(own.filter(({ status }) => ENDED_STATUSES.has(status)).length, {
        part: current === undefined ? '' : `${current.part} ${current.processed} rows`,
      });
      if (run.finishedAt !== null)
        say(
          `WB sync of cabinet ${cabinetId}: ${run.status}${run.errorMessage === null ? '' : ` (${run.errorMessage})`}`,
        );
    },
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}

const WIDTH = Math.max(...PART_NAMES.map((name: PartName) => name.length));

function describe(part: PartLog): string {
  const name = part.part.padEnd(WIDTH);
  const counts = `${part.processed} rows, ${part.created} new, ${part.updated} changed`;
  const unusable = part.errors > 0 ? `, ${part.errors} unusable` : '';
  switch (part.status) {
    case 'completed':
      return `  ${name}  ${counts}${unusable}`;
    case 'skipped':
    case 'deferred':
      return `  ${name}  ${part.status}: ${part.errorMessage ?? ''}`;
    default:
      return `  ${name}  ${part.status}: ${part.errorMessage ?? ''}${part.processed > 0 ? ` (${counts}${unusable} so far)` : ''}`;
  }
}
