import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

export interface OlderVersion {
  /** Its `bin/wb-assist.js`. */
  readonly program: string;
  readonly commit: string;
  remove(): void;
}

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * The program as it was before the newest migration: a rolling upgrade migrates first, and until it is through, the
 * version before works on the new schema beside the new one. `FAULTS_OLDER` names another commit. A text says why there is
 * none.
 */
export function checkOutOlderVersion(): OlderVersion | string {
  const added = git('log', '-1', '--format=%H', '--diff-filter=A', '--', 'rag-migrations', 'migrations');
  const commit = git('rev-parse', '--verify', '--quiet', process.env['FAULTS_OLDER'] ?? `${added ?? ''}^`);
  if (commit === undefined || commit === '') return 'there is no git history here';
  if (git('cat-file', '-e', `${commit}:src/commands/start.ts`) === undefined)
    return `there was no program yet before the newest migration (${commit.slice(0, 7)})`;

  const directory = mkdtempSync(join(tmpdir(), 'wb-assist-older-'));
  const remove = () => {
    rmSync(directory, { recursive: true, force: true });
  };
  // Not a work tree of git's: that would leave traces in the repository when this process is killed.
  const unpacked = spawnSync('sh', [
    '-c',
    'git -C "$0" archive "$1" | tar -x -C "$2"',
    ROOT,
    commit,
    directory,
  ]);
  if (unpacked.status !== 0) {
    remove();
    return `unpacking ${commit.slice(0, 7)} failed: ${String(unpacked.stderr).trim()}`;
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  return { program: join(directory, 'bin', 'wb-assist.js'), commit: commit.slice(0, 7), remove };
}
