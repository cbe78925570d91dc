import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { createDatabase } from '../../src/database/pool.ts';
import { migrate, migrationState } from '../../src/database/migrations.ts';
import { isAppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { createCabinetTokenReader } from '../../src/wildberries/cabinet-token.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { insertCabinet } from '../helpers/captured-changes.ts';
import { localOracle } from '../helpers/local-oracle.ts';
import { assertIndexFollowsData, assertStatusIsTrue } from '../helpers/oracle.ts';
import { noPgbouncer, startPgbouncer } from '../helpers/pgbouncer.ts';
import { assertTablesHold, days, expectedTables, keptTables } from '../helpers/simulated-shop.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService } from '../helpers/test-service.ts';
import { FROZEN_AT } from '../helpers/test-sync.ts';

const SMALL_SHOP = { products: 12, ordersPerDay: 3, reviewsPerDay: 1 };

/** What servers, databases and roles are set to somewhere, all of it at once. */
const ODD_SETTINGS = {
  DateStyle: 'German, DMY',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kathmandu',
  bytea_output: 'escape',
  extra_float_digits: '-10',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  search_path: 'pg_catalog',
};

/** The same database, to whose sessions somebody has given these settings. */
function withSettings(connectionString: string, settings: Record<string, string>): string {
  const url = new URL(connectionString);
  const options = Object.entries(settings).map(
    ([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`,
  );
  url.searchParams.set('options', options.join(' '));
  return url.href;
}

async function databaseOfTest(t: TestContext): Promise<TestDatabase> {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  return database;
}

/** Two syncs, a month apart, a search, a full rebuild: all that the service does, and the rows and the index afterwards. */
async function assertServiceWorks(
  t: TestContext,
  { pool }: TestDatabase,
  urls: { databaseUrl: string; vectorDatabaseUrl?: string },
): Promise<void> {
  const simulator = createSimulator({
    ...{ port: 0, log: silentLog(), frozenAt: FROZEN_AT, shop: SMALL_SHOP, limits: 'off' },
  });
  await simulator.start();
  t.after(() => simulator.stop(1_000));
  const service = await startTestService({
    ...urls,
    roles: ['api', 'listener', 'worker'],
    env: { WB_API: 'simulator', WB_SIMULATOR_URL: simulator.url, WB_SIMULATOR_LIMIT_SCALE: '0' },
  });
  try {
    const cabinet = await insertCabinet(pool);
    const shop = simulator.shopOf(createCabinetTokenReader('simulator')(cabinet, '').sellerId);
    let known = expectedTables(shop, simulator.now());
    for (const passed of [0, 30]) {
      simulator.advance(days(passed));
      const ended = once(service.events, 'syncEnded');
      await service.app.jobs.sendWbSync({ cabinet_id: cabinet, trigger: 'request' });
      const [event] = (await ended) as [{ status: string }];
      assert.equal(event.status, 'completed');
      known = keptTables(known, expectedTables(shop, simulator.now()));
      await assertTablesHold(pool, cabinet, known);
      await service.untilQuiet();
      await assertIndexFollowsData(pool, pool, localOracle);
      await assertStatusIsTrue(pool, pool);
    }

    const headers = { authorization: 'Bearer test-secret-key', 'content-type': 'application/json' };
    const call = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
      const response = await fetch(`${service.app.apiUrls[0]!}/v1/rag/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
      return (await response.json()) as Record<string, unknown>;
    };
    const question = { cabinet_id: cabinet, query: 'заказы' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => call('search', question)));
    for (const answer of answers) assert.ok((answer['results'] as unknown[]).length > 0);

    const rebuilt = once(service.events, 'rebuildEnded');
    await call(`index/${cabinet}?full_rebuild=true`, {});
    assert.equal(((await rebuilt) as [{ status: string }])[0].status, 'completed');
    await service.untilQuiet();
    await assertIndexFollowsData(pool, pool, localOracle);
  } finally {
    await service.stop();
  }
}

describe('whatever its sessions are set to', () => {
  it('a database is migrated, filled, indexed, searched and rebuilt', async (t) => {
    const database = await databaseOfTest(t);
    const databaseUrl = withSettings(database.connectionString, ODD_SETTINGS);
    for (const set of ['main', 'vector'] as const) {
      const { applied } = await migrationState({ set, connectionString: databaseUrl });
      const options = { set, connectionString: databaseUrl, log: silentLog() };
      await migrate({ ...options, direction: 'down', count: applied.length });
      assert.deepEqual((await migrationState(options)).applied, []);
    }
    await assertServiceWorks(t, database, { databaseUrl });
  });
});

describe('a pooler in transaction mode', { skip: noPgbouncer }, () => {
  it('in front of the vector database is no hindrance', async (t) => {
    const database = await databaseOfTest(t);
    const vectorDatabaseUrl = await startPgbouncer(t, database.connectionString, 'transaction');
    await assertServiceWorks(t, database, { databaseUrl: database.connectionString, vectorDatabaseUrl });
  });

  it('in front of the main database is refused, because it lets no notifications through', async (t) => {
    const database = await databaseOfTest(t);
    for (const mode of ['transaction', 'statement'] as const) {
      const connectionString = await startPgbouncer(t, database.connectionString, mode);
      await assert.rejects(
        migrationState({ set: 'main', connectionString }),
        (error) =>
          isAppError(error, 'database_unsuitable') &&
          /pooler in transaction mode, .* Point DATABASE_URL to the server itself/.test(error.message),
        mode,
      );
    }
  });

  it('takes no migrations, and the message says how they are run', async (t) => {
    const database = await databaseOfTest(t);
    const { connectionString } = database;
    const log = silentLog();
    await migrate({ set: 'vector', connectionString, direction: 'down', log });
    const pooled = await startPgbouncer(t, connectionString, 'transaction');
    await assert.rejects(
      migrate({ set: 'vector', connectionString: pooled, direction: 'up', log }),
      (error) =>
        isAppError(error, 'database_unsuitable') &&
        /\(1 pending\).*RAG_DATABASE_URL=postgres:.* npx wb-assist migrate up --database vector/.test(
          error.message,
        ),
    );
    await migrate({ set: 'vector', connectionString, direction: 'up', log });
    assert.deepEqual(await migrate({ set: 'vector', connectionString: pooled, direction: 'up', log }), []);
  });

  it('whose sessions are set otherwise is refused, and the message says what to set', async (t) => {
    const database = await databaseOfTest(t);
    const { pathname } = new URL(database.connectionString);
    await database.pool.query(
      `alter database ${pathname.slice(1)} set DateStyle = 'SQL, DMY'; alter database ${pathname.slice(1)} set bytea_output = 'escape'`,
    );
    const connectionString = await startPgbouncer(t, database.connectionString, 'transaction');
    await assert.rejects(
      migrationState({ set: 'vector', connectionString }),
      (error) =>
        isAppError(error, 'database_unsuitable') &&
        /alter role current_user set DateStyle = 'ISO, MDY';.*set bytea_output = 'hex';/.test(error.message),
    );
  });

  it('that keeps a session for each client is like the server itself', async (t) => {
    const database = await databaseOfTest(t);
    const connectionString = await startPgbouncer(t, database.connectionString, 'session');
    const pooled = createDatabase({
      ...{ variable: 'DATABASE_URL', connectionString, maxConnections: 2, applicationName: 'test' },
      log: silentLog(),
    });
    try {
      const { rows } = await pooled.pool.query<{ jit: string }>('show jit');
      assert.deepEqual(rows, [{ jit: 'off' }]);
    } finally {
      await pooled.close();
    }
    await migrate({ set: 'main', connectionString, direction: 'down', log: silentLog() });
    assert.equal(
      (await migrate({ set: 'main', connectionString, direction: 'up', log: silentLog() })).length,
      1,
    );
  });
});
