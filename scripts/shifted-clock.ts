import { spawn, spawnSync } from 'node:child_process';

/** Debian's `faketime`: it sets the clock that a program and its children see, and nobody else's. */
export function hasFaketime(): boolean {
  return spawnSync('faketime', ['--version'], { stdio: 'ignore' }).error === undefined;
}

export const NO_FAKETIME =
  'faketime is not installed, and nothing can be run at another time without it. Debian and Ubuntu: apt-get install faketime';

export interface ShiftedRun {
  passed: boolean;
  /** What it wrote, both streams in the order in which they came. */
  output: string;
  seconds: number;
}

/**
 * Runs Node with these arguments, the clock set to `at` when it starts and going on from there. In UTC unless `env` says so;
 * what is undefined there is taken out.
 */
export function runShifted(
  at: Date,
  parameters: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<ShiftedRun> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn('faketime', [describeMoment(at), process.execPath, ...parameters], {
      // The monotonic clock stays as it is: Node's timers would wait for days.
      env: { ...process.env, TZ: 'UTC', ...env, DONT_FAKE_MONOTONIC: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ passed: code === 0, output, seconds: (performance.now() - startedAt) / 1000 });
    });
  });
}

/** `2026-12-31 20:59:30 UTC`, as `faketime` reads it whatever the zone. */
export function describeMoment(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
