import cliProgress from 'cli-progress';
import type { Rebuild } from '../indexing/rebuild/queries.ts';
import type { IndexRun } from '../indexing/status.ts';

export interface RebuildProgress {
  /** A line above the bar. */
  say(line: string): void;
  /** Moves the bar, or says every few seconds how far it is. The rebuilds that are still open. */
  show(open: readonly Rebuild[]): void;
  /** Says how one ended; undefined: its cabinet is gone. */
  sayEnd(rebuild: Rebuild | undefined, before: Rebuild, run: IndexRun | null): void;
  stop(): void;
}

/** Between two lines where there is no terminal to draw a bar on. */
const LINE_MS = 5_000;

/** How far rebuilds are: a bar with rate and remaining time on a terminal, lines elsewhere. `quiet`: nothing at all. */
export function createRebuildProgress({ quiet }: { quiet: boolean }): RebuildProgress {
  const startedAt = performance.now();
  const said = new Set<string>();
  /** Rows of rebuilds that have ended, and those that were done before this command looked. */
  let endedRows = 0;
  let firstDone: number | undefined;
  let lineAt = 0;
  let bar: cliProgress.SingleBar | undefined;

  function say(line: string): void {
    if (quiet) return;
    // The bar draws itself anew below, in the line that is cleared for this one.
    if (bar !== undefined) process.stdout.write('\r\u001b[2K');
    console.log(line);
  }

  function sayOnce(line: string): void {
    if (said.has(line)) return;
    said.add(line);
    say(line);
  }

  function showBar(done: number, total: number, speed: string): void {
    if (bar === undefined) {
      const format = '  |{bar}| {percentage} % {value}/{total} rows{speed}';
      bar = new cliProgress.SingleBar({ format, hideCursor: true, clearOnComplete: true, barsize: 24 });
      bar.start(total, done, { speed });
    }
    bar.setTotal(total);
    bar.update(done, { speed });
  }

  return {
    say,
    show(open) {
      if (quiet || open.length === 0) return;
      for (const { cabinetId, error, nextAttemptAt } of open)
        if (error !== null && nextAttemptAt !== null) sayOnce(`Cabinet ${cabinetId} waits: ${error}`);
      const done = endedRows + open.reduce((sum, { rowsDone }) => sum + rowsDone, 0);
      const total = Math.max(
        done,
        endedRows + open.reduce((sum, { rowsDone, rowsTotal }) => sum + (rowsTotal ?? rowsDone), 0),
      );
      firstDone ??= done;
      const speed = describeSpeed(done - firstDone, total - done, (performance.now() - startedAt) / 1000);
      if (process.stdout.isTTY) showBar(done, total, speed);
      else if (performance.now() - lineAt > LINE_MS) {
        if (lineAt > 0) say(`  ${done}/${total} rows${speed}`);
        lineAt = performance.now();
      }
    },
    sayEnd(rebuild, before, run) {
      endedRows += rebuild?.rowsDone ?? before.rowsDone;
      say(describeEnd(rebuild, before, run));
    },
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}

function describeSpeed(done: number, left: number, seconds: number): string {
  if (done <= 0 || seconds < 1) return '';
  const rate = done / seconds;
  return `, ${Math.round(rate)} rows/s, ${formatSeconds(left / rate)} left`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

function describeEnd(rebuild: Rebuild | undefined, before: Rebuild, run: IndexRun | null): string {
  const name = `Cabinet ${before.cabinetId}`;
  if (rebuild === undefined) return `${name}: is gone, and so is what was left of its index.`;
  if (rebuild.status === 'failed') return `${name}: failed: ${rebuild.error ?? 'for an unknown reason'}`;
  const drift = Object.entries(rebuild.drift).map(([reason, count]) => `${reason} ${count}`);
  const found = drift.length === 0 ? 'no drift' : `drift: ${drift.join(', ')}`;
  const work =
    run === null
      ? ''
      : `; ${run.chunksNew} new, ${run.chunksUpdated} changed, ${run.chunksDeleted} deleted, ${run.chunksSkipped} unchanged; ${run.embeddingRequests} requests, ${run.tokens} tokens, $${run.costUsd.toFixed(4)}`;
  return `${name}: ${rebuild.rowsDone} rows compared, ${found}${work}`;
}
