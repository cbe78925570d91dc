import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FromInitializer } from './worker-messages.ts';

const DRAFT = '.draft-';

/**
 * Makes the database where there is none: aside, and renamed when it is complete, so that a process killed in the
 * middle leaves no half of one. In a process of its own, because PGlite's initdb runs two Postgres side by side and
 * copies their memories around: measured, 1.1 GB at the peak, of which a process that did this itself kept 450 MB
 * for good, and 120 MB even when a thread did it.
 */
export async function initializeDatabase(directory: string): Promise<void> {
  const parent = dirname(directory);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(basename(directory) + DRAFT))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
  if (existsSync(directory)) return;
  const draft = mkdtempSync(directory + DRAFT);
  try {
    await runInitializer(draft);
    renameSync(draft, directory);
  } catch (error) {
    discard(draft);
    throw error;
  }
}

/** A killed process' initializer may be writing to it for another moment; then the next start removes it. */
function discard(draft: string): void {
  try {
    rmSync(draft, { recursive: true, force: true });
  } catch {
    // Nothing uses it.
  }
}

function runInitializer(directory: string): Promise<void> {
  const script = fileURLToPath(new URL('./initialize-process.ts', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = fork(script, [directory], { stdio: 'ignore', execArgv: [] });
    let outcome: FromInitializer = {
      type: 'failed',
      message: 'the process that makes the database ended early',
    };
    child.on('message', (message: FromInitializer) => (outcome = message));
    child.on('error', reject);
    child.on('exit', () => {
      if (outcome.type === 'initialized') resolve();
      else reject(new Error(outcome.message));
    });
  });
}
