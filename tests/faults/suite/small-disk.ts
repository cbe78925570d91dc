import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A disk of its own that can be filled to the last byte. */
export interface SmallDisk {
  fill(): void;
  empty(): void;
  /** Unmounts it. */
  remove(): void;
}

const SIZE = '250m';

/** Mounts one; `undefined` where we may not. */
export function createSmallDisk(mountPoint: string): SmallDisk | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', mountPoint]).status !== 0)
    return undefined;
  const ballast = join(mountPoint, 'ballast');
  return {
    fill() {
      const file = openSync(ballast, 'a');
      try {
        for (let size = 2 ** 22; size >= 512; size /= 2) {
          const block = Buffer.alloc(size);
          while (writesWhole(file, block));
        }
      } finally {
        closeSync(file);
      }
    },
    empty() {
      rmSync(ballast, { force: true });
    },
    remove() {
      spawnSync('umount', ['-l', mountPoint]);
    },
  };
}

function writesWhole(file: number, block: Buffer): boolean {
  try {
    return writeSync(file, block) === block.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
