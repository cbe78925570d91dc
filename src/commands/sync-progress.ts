import cliProgress from 'cli-progress';
import { PART_NAMES, type PartName } from '../wildberries/sync/parts.ts';
import type { SyncState } from '../wildberries/sync/request-sync.ts';
import type { PartLog } from '../wildberries/sync/sync-run.ts';

export interface SyncProgress {
  /** A line above the bar. */
  say(line: string): void;
  /** Moves the bar, and says of each part once how it ended. */
  show(state: SyncState): void;
  stop(): void;
}

const SETTLED: ReadonlySet<string> = new Set(['completed', 'failed', 'skipped', 'deferred', 'waiting']);

/** How far a sync is: a bar on a terminal, lines elsewhere. `quiet`: nothing at all. */
export function createSyncProgress(cabinetId: number, { quiet }: { quiet: boolean }): SyncProgress {
  const said = new Set<string>();
  const bars =
    quiet || !process.stdout.isTTY
      ? undefined
      : new cliProgress.MultiBar({
          format: `  |{bar}| {value}/{total} {part}`,
          hideCursor: true,
          clearOnComplete: true,
          barsize: 24,
        });
  const bar = bars?.create(PART_NAMES.length, 0, { part: '' });

  function say(line: string): void {
    // Several polls see the same.
    if (quiet || said.has(line)) return;
    said.add(line);
    if (bars === undefined) console.log(line);
    else bars.log(`${line}\n`);
  }

  return {
    say,
    show({ run, parts }) {
      if (run === undefined) return;
      // Only what this run has done: a part that it leaves out still shows its last run.
      const own = parts.filter(({ startedAt }) => startedAt >= run.startedAt);
      const byName = new Map(own.map((part) => [part.part, part]));
      const settled = PART_NAMES.flatMap((name) => byName.get(name) ?? []).filter(({ status }) =>
        SETTLED.has(status),
      );
      for (const part of settled) say(describe(part));
      const current = own.find(({ status }) => status === 'running');
      bar?.update(settled.length, {
        part: current === undefined ? '' : `${current.part} ${current.processed} rows`,
      });
      if (run.finishedAt !== null)
        say(
          `WB sync of cabinet ${cabinetId}: ${run.status}${run.errorMessage === null ? '' : ` (${run.errorMessage})`}`,
        );
    },
    stop() {
      bar?.stop();
      bars?.stop();
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
