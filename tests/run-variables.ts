import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import '../bin/compile-cache.js';

const MEMORY = '/dev/shm';
/** Each database of the embedded Postgres takes 40 MB, and grows. */
const NEEDED_BYTES = 2 * 1024 ** 3;

/** What makes a run of the tests fast, as variables of its processes. `release` is for its end. */
export function makeRunVariables(): { env: Record<string, string>; release: () => void } {
  const cache = getCompileCacheDir();
  const temporary = makeTemporaryDirectory();
  return {
    env: {
      // Node's own directory of it is one of this version, below what the variable names.
      ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) }),
      ...(temporary === undefined ? {} : { TMPDIR: temporary }),
    },
    release() {
      if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * A directory for what tests make and throw away, in memory where there is enough of it: hundreds of databases, which
 * force every commit to disk. `undefined`: the usual one has to do. On a server of one's own there are no such databases.
 */
function makeTemporaryDirectory(): string | undefined {
  if (process.env['TEST_DATABASE_URL'] !== undefined) return undefined;
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize < NEEDED_BYTES) return undefined;
    const directory = mkdtempSync(join(MEMORY, 'wb-assist-tests-'));
    // As /tmp: some tests run programs as another user.
    chmodSync(directory, 0o1777);
    // Some tests put programs there, which a file system may forbid.
    const program = join(directory, 'program');
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
    if (spawnSync(program).status === 0) return directory;
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // There is none, or it is not for us.
  }
  return undefined;
}
