import { execFileSync, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { nativeServerUrl } from './test-database.ts';
import { until } from './until.ts';

/** Why there is no PgBouncer to test with; false: there is one. */
export const noPgbouncer = ((): string | false => {
  if (nativeServerUrl === undefined) return 'the embedded Postgres has no pooler in front of it';
  try {
    execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'pgbouncer is not installed';
  }
})();

/** It refuses to run as root. */
const NOBODY = 65534;

/** A PgBouncer in front of a native test database, until the test ends. Resolves to the URL that goes through it. */
export async function startPgbouncer(
  t: Pick<TestContext, 'after'>,
  target: string,
  poolMode: 'transaction' | 'session' | 'statement',
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  await chmod(directory, 0o755);
  const { hostname, port: serverPort, username, password, pathname } = new URL(target);
  const port = await freePort();
  const quote = (text: string) => `'${decodeURIComponent(text).replaceAll("'", "''")}'`;
  const file = join(directory, 'pgbouncer.ini');
  await writeFile(
    file,
    `[databases]
${pathname.slice(1)} = host=${hostname} port=${serverPort || '5432'} user=${quote(username)} password=${quote(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
auth_type = any
pool_mode = ${poolMode}
default_pool_size = 4
max_client_conn = 100
unix_socket_dir =
`,
    { mode: 0o644 },
  );
  const asRoot = process.getuid?.() === 0;
  const child = spawn('pgbouncer', ['--quiet', file], {
    stdio: 'ignore',
    ...(asRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  t.after(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await ended;
    await rm(directory, { recursive: true, force: true });
  });
  const url = new URL(target);
  url.host = `127.0.0.1:${port}`;
  await until('PgBouncer takes connections', async () => {
    const client = new pg.Client({ connectionString: url.href });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  });
  return url.href;
}
