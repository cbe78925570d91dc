import { createHash } from 'node:crypto';
import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  createEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/database/embedded/embedded-postgres.ts';
import { MIGRATION_SETS, migrate } from '../../src/database/migrations.ts';
import { prepareQueues } from '../../src/jobs/prepare-queues.ts';
import { silentLog } from '../../src/log.ts';

// Data directories of the embedded Postgres. To make a database takes four seconds of a processor and to migrate it one, so
// both are done once, for all test files of a run, which start from copies.

const EMBEDDED = new URL('../../src/database/embedded/', import.meta.url);

/** Templates are made anew when a migration or a queue, or the embedded server or its engine, changes. */
export function templateVersion(): string {
  const hash = createHash('sha256');
  for (const { directory } of Object.values(MIGRATION_SETS)) {
    for (const file of readdirSync(directory).sort())
      hash.update(file).update(readFileSync(join(directory, file)));
  }
  for (const file of readdirSync(EMBEDDED).sort()) hash.update(readFileSync(new URL(file, EMBEDDED)));
  for (const file of ['../../package-lock.json', '../../src/jobs/queues.ts'])
    hash.update(readFileSync(new URL(file, import.meta.url)));
  // One that was made in the future is not for those who live now.
  hash.update(process.env['FAKETIME'] === undefined ? '' : 'shifted');
  return hash.digest('hex').slice(0, 12);
}

/** As `wb-assist migrate` leaves a database: with the tables of the job queue, which the first service would make else. */
export async function migrateAll(connectionString: string): Promise<void> {
  await migrate({ set: 'main', connectionString, direction: 'up', log: silentLog() });
  await migrate({ set: 'vector', connectionString, direction: 'up', log: silentLog() });
  await prepareQueues(connectionString, silentLog());
}

/** The directory of this name: found, or filled by a server of its own. Test files run side by side. */
async function template(
  name: string,
  from: string | undefined,
  fill: (server: EmbeddedPostgres) => Promise<void>,
): Promise<string> {
  const directory = join(tmpdir(), `wb-assist-${name}-${templateVersion()}`);
  if (await stat(directory).catch(() => undefined)) return directory;
  const draft = await mkdtemp(`${directory}-draft-`);
  if (from !== undefined) cpSync(from, draft, { recursive: true });
  const server = createEmbeddedPostgres({ dataDir: draft, port: 0, log: silentLog() });
  await server.start();
  await fill(server);
  await server.stop(10_000);
  // Whoever renames first wins; the others throw their draft away.
  await rename(draft, directory).catch(() => rm(draft, { recursive: true, force: true }));
  return directory;
}

/** One that the program has just made. To be copied, not to be served. */
export function newDataDirectory(): Promise<string> {
  return template('new', undefined, () => Promise.resolve());
}

/** A copy of one whose migrations are applied and whose tables are empty, not yet served by anybody. */
export async function copyMigratedDataDirectory(): Promise<string> {
  const migrated = await template('template', await newDataDirectory(), (server) =>
    migrateAll(server.connectionString),
  );
  const directory = await mkdtemp(join(tmpdir(), 'wb-assist-test-'));
  // The asynchronous `cp` makes half a second of work of a thousand small files, this one a twentieth of it.
  cpSync(migrated, directory, { recursive: true });
  return directory;
}

/** Such a one for the length of a test, as the variable that a program is told of it by. */
export async function useMigratedDataDirectory(t: TestContext): Promise<{ WB_ASSIST_DATA_DIR: string }> {
  const dataDir = await copyMigratedDataDirectory();
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  return { WB_ASSIST_DATA_DIR: dataDir };
}
