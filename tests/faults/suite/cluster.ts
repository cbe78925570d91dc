import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chownSync, mkdirSync, mkdtempSync, openSync, closeSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { until } from '../../helpers/until.ts';
import { findServerUser } from './binaries.ts';
import { freePort } from '../../helpers/free-port.ts';
import { createSmallDisk, type SmallDisk } from './small-disk.ts';

/** The superuser, the role that the program connects as, and that of whoever writes rows. */
export const ROLES = { admin: 'postgres', program: 'program', writer: 'writer' } as const;
export type ClusterRole = keyof typeof ROLES;

const DATABASE = 'wb';

/** A Postgres server of a test's own. */
export interface Cluster {
  readonly name: string;
  readonly port: number;
  /** Holds the data of the database; undefined where none can be mounted. */
  readonly disk: SmallDisk | undefined;
  url(role: ClusterRole, port?: number): string;
  /** Resolves when it accepts connections. */
  start(): Promise<void>;
  /** `immediate`: as if it had crashed; it recovers at the next start. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Stops it, if need be, and removes it. */
  drop(): Promise<void>;
  /** How often a process with such a name met which SQLSTATE. */
  countErrors(ofProgram: RegExp): Promise<Map<string, number>>;
}

const SETTINGS = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
# More than all pools of all processes together.
max_connections = 250
shared_buffers = 64MB
# Servers are killed here, machines are not: what the kernel has is kept.
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 512MB
autovacuum_naptime = 5s
deadlock_timeout = 200ms
log_min_messages = warning
log_line_prefix = '%a|%e|'
log_checkpoints = off
`;

/** Makes a cluster in a temporary directory and starts it: a database `wb`, owned by the role of the program. */
export async function createCluster(bin: string, name: string): Promise<Cluster> {
  const user = findServerUser();
  const directory = mkdtempSync(join(tmpdir(), `wb-assist-${name}-`));
  const data = join(directory, 'data');
  const logFile = join(directory, 'log');
  const give = (path: string) => user.uid !== undefined && chownSync(path, user.uid, user.gid!);
  give(directory);
  const port = await freePort();
  let server: ChildProcess | undefined;
  let disk: SmallDisk | undefined;

  const cluster: Cluster = {
    name,
    port,
    get disk() {
      return disk;
    },
    url: (role, through = port) => `postgres://${ROLES[role]}@127.0.0.1:${through}/${DATABASE}`,
    async start() {
      const log = openSync(logFile, 'a');
      server = spawn(join(bin, 'postgres'), ['-D', data], { ...user, stdio: ['ignore', log, log] });
      closeSync(log);
      const started = server;
      await until(`the server ${name} accepts connections`, async () => {
        if (started.exitCode !== null) throw new Error(await readFile(logFile, 'utf8'));
        return canConnect(cluster.url('admin').replace(/\/wb$/, '/postgres'));
      });
    },
    async stop(mode) {
      if (server?.exitCode !== null || server.signalCode !== null) return;
      const ended = once(server, 'exit');
      server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await ended;
    },
    async drop() {
      await cluster.stop('immediate');
      disk?.remove();
      await rm(directory, { recursive: true, force: true });
    },
    async countErrors(ofProgram) {
      const counts = new Map<string, number>();
      for (const line of (await readFile(logFile, 'utf8')).split('\n')) {
        const [, application, state] = /^([^|]*)\|(\w{5})\|(?:ERROR|FATAL):/.exec(line) ?? [];
        if (application === undefined || state === undefined || !ofProgram.test(application)) continue;
        counts.set(state, (counts.get(state) ?? 0) + 1);
      }
      return counts;
    },
  };

  try {
    const made = spawnSync(
      join(bin, 'initdb'),
      ['-D', data, '-U', ROLES.admin, '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      { ...user, encoding: 'utf8', cwd: directory },
    );
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
    appendFileSync(join(data, 'postgresql.conf'), `${SETTINGS}port = ${port}\n`);
    const mountPoint = join(directory, 'disk');
    mkdirSync(mountPoint);
    disk = createSmallDisk(mountPoint);
    give(mountPoint);
    await cluster.start();
    await setUp(cluster.url('admin'), disk === undefined ? undefined : mountPoint);
    return cluster;
  } catch (error) {
    await cluster.drop();
    throw error;
  }
}

async function setUp(url: string, tablespace: string | undefined): Promise<void> {
  await withClient(url.replace(/\/wb$/, '/postgres'), async (client) => {
    await client.query(`create role ${ROLES.program} login`);
    await client.query(`create role ${ROLES.writer} login in role pg_read_all_data, pg_write_all_data`);
    if (tablespace !== undefined) await client.query(`create tablespace small location '${tablespace}'`);
    const where = tablespace === undefined ? '' : ' tablespace small';
    await client.query(`create database ${DATABASE} owner ${ROLES.program}${where}`);
  });
  // What a role may do is its deployment's business; only creating extensions takes more than owning the database.
  await withClient(url, (client) => client.query('create extension vector'));
}

async function canConnect(url: string): Promise<boolean> {
  return withClient(url, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
    // A paused worker may hold a lock for as long as its transaction may be idle.
    query_timeout: 45_000,
    application_name: 'fault suite',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
