import assert from 'node:assert/strict';
import pg from 'pg';
import { readOutboxLag } from '../../src/changes/queries.ts';
import { countUnfinishedJobs } from '../../src/jobs/queries.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { createFakeOpenAI, type FakeOpenAI } from '../helpers/fake-openai.ts';
import { assertIndexFollowsData, assertStatusIsTrue, compareIndex } from '../helpers/oracle.ts';
import type { IndexDifferences } from '../helpers/oracle.ts';
import { startServiceProcess, type ServiceProcess } from '../helpers/service-process.ts';
import { createTestDatabase, nativeServerUrl } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

export type RoleName = 'listener' | 'worker' | 'api';

/** Processes of single roles on one database, before a fake provider. Everything ends with it. */
export interface RolesHarness extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly openai: FakeOpenAI;
  /** Starts one and waits until it is ready. */
  start(role: RoleName, env?: Record<string, string>): Promise<ServiceProcess>;
  /** The outbox and the queue are empty, and the index is as the rows call for. */
  assertCaughtUp(limitMs?: number): Promise<void>;
  differences(): Promise<IndexDifferences>;
}

/** Why tests that start single roles are skipped; `false` where they can run. */
export const NEEDS_SERVER =
  nativeServerUrl === undefined &&
  'several processes need a server of their own: TEST_DATABASE_URL names none, and the embedded Postgres has one owner';

/** On a database of its own, or on the one that `databaseUrl` names. */
export async function createRolesHarness(databaseUrl?: string): Promise<RolesHarness> {
  const stack = new AsyncDisposableStack();
  let connectionString = databaseUrl;
  if (connectionString === undefined) {
    const database = await createTestDatabase();
    stack.defer(() => database.drop());
    connectionString = database.connectionString;
  }
  const openai = await createFakeOpenAI();
  stack.defer(() => openai.stop());
  const pool = new pg.Pool({ connectionString, max: 4 });
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  let model = '';
  const options = () => ({
    windowDays: 90,
    model,
    embed: (texts: readonly string[]) => texts.map((text) => openai.vectorOf(text)),
  });
  return {
    pool,
    openai,
    async start(role, env = {}) {
      const service = await startServiceProcess({
        command: [role],
        env: { DATABASE_URL: connectionString, OPENAI_API_KEY: 'key', OPENAI_BASE_URL: openai.url, ...env },
      });
      stack.defer(() => service.end('SIGKILL').then(() => undefined));
      ({ model } = await service.ready);
      return service;
    },
    async assertCaughtUp(limitMs = 60_000) {
      await until(
        'the outbox and the queue are empty',
        async () =>
          (await readOutboxLag(pool)).changes === 0 &&
          (await countUnfinishedJobs(pool, RAG_INDEX_QUEUE)) === 0,
        limitMs,
      );
      await assertIndexFollowsData(pool, pool, options());
      await assertStatusIsTrue(pool, pool);
      assert.equal(await countUnfinishedJobs(pool, RAG_INDEX_DEAD_QUEUE), 0, 'no job was given up');
    },
    differences: () => compareIndex(pool, pool, options()),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The one of these processes that has begun the work on a cabinet. */
export function findWorkerOf(
  services: readonly ServiceProcess[],
  cabinetId: number,
): ServiceProcess | undefined {
  return services.find((service) =>
    service
      .lines()
      .some(
        (line) =>
          line['cabinetId'] === cabinetId &&
          String(line['msg']).startsWith('Starting incremental RAG indexing'),
      ),
  );
}
