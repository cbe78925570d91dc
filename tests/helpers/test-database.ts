import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import pg from 'pg';
import { createEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.ts';
import { recordPairing } from '../../src/indexing/rebuild/pairing.ts';
import { silentLog } from '../../src/log.ts';
import { copyMigratedDataDirectory, migrateAll, templateVersion } from './data-directories.ts';

/** A database of a test's own: migrated, empty, gone afterwards. */
export interface TestDatabase {
  readonly connectionString: string;
  readonly embedded: boolean;
  readonly pool: pg.Pool;
  drop(): Promise<void>;
}

/** As a service leaves them that has run here once: what comes later is news to the listener, not a restored dump. */
const pair = (pool: pg.Pool): Promise<void> => recordPairing({ main: pool, vector: pool });

/** Set: tests run on this server, as a role that may create databases. Unset: on the embedded Postgres. */
export const nativeServerUrl = process.env['TEST_DATABASE_URL'];

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function nativeTemplate(serverUrl: string): Promise<string> {
  const name = `wb_assist_template_${templateVersion()}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  try {
    // Test files run in processes of their own: one makes the template, the others wait for it.
    await admin.query('select pg_advisory_lock(720165899)');
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      const draft = `${name}_draft`;
      await admin.query(`drop database if exists ${draft} with (force)`);
      await admin.query(`create database ${draft}`);
      await migrateAll(urlOf(serverUrl, draft));
      await admin.query(`alter database ${draft} rename to ${name}`);
    }
    return name;
  } finally {
    await admin.end();
  }
}

async function createNative(serverUrl: string): Promise<TestDatabase> {
  const template = await nativeTemplate(serverUrl);
  const name = `wb_assist_test_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Pool({ connectionString: serverUrl, max: 1 });
  await admin.query(`create database ${name} template ${template}`);
  const connectionString = urlOf(serverUrl, name);
  const pool = new pg.Pool({ connectionString, max: 10 });
  pool.on('error', () => undefined);
  await pair(pool);
  return {
    connectionString,
    embedded: false,
    pool,
    async drop() {
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

async function createEmbedded(): Promise<TestDatabase> {
  const dataDir = await copyMigratedDataDirectory();
  const server = createEmbeddedPostgres({ dataDir, port: 0, log: silentLog() });
  await server.start();
  const pool = new pg.Pool({ connectionString: server.connectionString, max: 10 });
  pool.on('error', () => undefined);
  await pair(pool);
  return {
    connectionString: server.connectionString,
    embedded: true,
    pool,
    async drop() {
      await pool.end();
      await server.stop(10_000);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export function createTestDatabase(): Promise<TestDatabase> {
  return nativeServerUrl === undefined ? createEmbedded() : createNative(nativeServerUrl);
}

/** A database for processes of the program, which are told of it by their environment. */
export async function createProcessDatabase(): Promise<{
  env: Record<string, string>;
  release: () => Promise<void>;
}> {
  if (nativeServerUrl === undefined) {
    // The program serves it itself.
    const dataDir = await copyMigratedDataDirectory();
    return {
      env: { WB_ASSIST_DATA_DIR: dataDir },
      release: () => rm(dataDir, { recursive: true, force: true }),
    };
  }
  const database = await createTestDatabase();
  return { env: { DATABASE_URL: database.connectionString }, release: () => database.drop() };
}
