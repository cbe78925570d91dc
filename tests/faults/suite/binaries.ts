import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

function outputOf(command: string, ...args: string[]): string | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** A directory with initdb and postgres, whose server has pgvector; `undefined` where there is none. */
export function findPostgresBinaries(): string | undefined {
  const newestFirst = globSync('/usr/lib/postgresql/*/bin').sort(
    (a, b) => Number(b.split('/')[4]) - Number(a.split('/')[4]),
  );
  const candidates = [outputOf('pg_config', '--bindir'), ...newestFirst];
  return candidates.find((bin): bin is string => {
    if (bin === undefined || !existsSync(join(bin, 'initdb')) || !existsSync(join(bin, 'postgres')))
      return false;
    const shared =
      outputOf(join(bin, 'pg_config'), '--sharedir') ?? bin.replace('/lib/', '/share/').replace(/\/bin$/, '');
    return existsSync(join(shared, 'extension', 'vector.control'));
  });
}

/** Whom a server runs as: Postgres refuses root. Empty: as we are. */
export function findServerUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const uid = outputOf('id', '-u', name);
    const gid = outputOf('id', '-g', name);
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('There is neither a user postgres nor nobody for the server to run as');
}
