import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { migrate, migrationState, type MigrationSetName } from '../../src/database/migrations.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { RAG_INDEX_DEAD_QUEUE } from '../../src/jobs/queues.ts';
import { silentLog } from '../../src/log.ts';
import { nativeServerUrl } from '../helpers/test-database.ts';
import { withPool } from '../helpers/with-pool.ts';
import {
  createDashboardHarness,
  listViews,
  PAGE,
  readBlocks,
  type DashboardHarness,
} from './dashboard-harness.ts';

const SECRET = 'SECRET-тайна';

let harness: DashboardHarness;
let jobs: Jobs;

before(async () => {
  harness = await createDashboardHarness();
  jobs = createJobs({
    connectionString: harness.database.connectionString,
    maxConnections: 2,
    supervise: true,
    schedules: [],
    log: silentLog(),
  });
  await jobs.start();
  await writeSecretsEverywhere();
});
after(async () => {
  await jobs.stop(5_000);
  await harness.close();
});

/** A row of every table that a view reads, with the same words wherever there is text that nobody may see. */
async function writeSecretsEverywhere(): Promise<void> {
  const { pool } = harness;
  await pool.query(`
    insert into wb_cabinets (id, name, api_key) values (1, 'Кабинет', '${SECRET}');
    insert into wb_orders (cabinet_id, order_id, name, barcode) values (1, '${SECRET}', '${SECRET}', '${SECRET}');
    insert into wb_reviews (cabinet_id, review_id, text, pros, cons, user_name)
    values (1, '${SECRET}', '${SECRET}', '${SECRET}', '${SECRET}', '${SECRET}');
    insert into wb_products (cabinet_id, nm_id, name) values (1, 1, '${SECRET}');
    insert into wb_stocks (cabinet_id, nm_id, name, quantity) values (1, 1, '${SECRET}', 1);
    insert into wb_sales (cabinet_id, sale_id, product_name) values (1, '${SECRET}', '${SECRET}');
    insert into wb_sync_runs (id, cabinet_id, trigger, status, error_message) overriding system value
    values (1, 1, 'schedule', 'partial', '${SECRET}');
    insert into wb_sync_logs (run_id, cabinet_id, sync_type, status, error_message, position)
    values (1, 1, 'orders', 'failed', '${SECRET}', '{"after": "${SECRET}"}');
    insert into wb_sync_rejects (cabinet_id, sync_type, row_key, field, reason) values (1, 'orders', '${SECRET}', 'nmId', '${SECRET}');
    insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
    values (1, 'wb_reviews', 1, 'review', '${SECRET}', 'hash');
    insert into rag_embeddings (cabinet_id, metadata_id, model, chunk_hash, embedding)
    select cabinet_id, id, 'model', chunk_hash, array_fill(1, array[1536])::halfvec from rag_metadata;
    insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
    values (1, 'wb_orders', 1, 'order', '${SECRET}', 'hash');
    insert into rag_index_status (cabinet_id, last_error, lease_owner, search_model) values (1, '${SECRET}', '${SECRET}', 'model');
    insert into rag_index_failures (cabinet_id, source_table, source_id, chunk_hash, reason, model, attempts)
    values (1, 'wb_orders', 1, 'hash', '${SECRET}', 'model', 3);
    insert into rag_index_runs (cabinet_id, mode, status, model, error) values (1, 'incremental', 'failed', 'model', '${SECRET}');
    insert into rag_index_runs (cabinet_id, mode, status, model) values (1, 'incremental', 'completed', 'model');
    insert into rag_rebuilds (cabinet_id, status, trigger, error, drift, finished_at)
    values (1, 'failed', 'request', '${SECRET}', '{"missing": 2}', now());
    insert into chat_conversations (cabinet_id, id, user_label, title)
    values (1, '3f0c1f0e-6c52-4a5b-9f0a-1d4f6f1f2a3b', '${SECRET}', '${SECRET}');
    insert into chat_messages (cabinet_id, conversation_id, role, text, status)
    values (1, '3f0c1f0e-6c52-4a5b-9f0a-1d4f6f1f2a3b', 'user', '${SECRET}', 'pending');
    insert into chat_daily_counts (cabinet_id, user_label, day, messages) values (1, '${SECRET}', (now() at time zone 'UTC')::date, 1);
    insert into rag_token_usage (cabinet_id, day, model, requests, tokens, cost_usd) values (1, (now() at time zone 'UTC')::date, 'model', 1, 2, 0.5);
  `);
  for (const queue of ['rag-index', RAG_INDEX_DEAD_QUEUE])
    await jobs.boss.send(queue, { cabinet_id: 1, note: SECRET }, { singletonKey: '1' });
}

const denied = { code: '42501' };
/** A view of one table is one that could be written through, any other is refused as such, whoever asks. */
const refused = (error: { code?: string }) => error.code === '42501' || error.code === '55000';

describe('the role of docs/sql.md', () => {
  it('reads every view, and each has something to say', async () => {
    const views = await listViews(harness.pool);
    assert.ok(views.length > 15, views.join(', '));
    await harness.asReader(async (client) => {
      for (const view of views) {
        const { rowCount } = await client.query(`select * from wb_dashboard.${view}`);
        assert.ok(rowCount! > 0, `${view} is empty`);
      }
    });
  });

  it('sees nothing of what nobody may see, in whichever view', async () => {
    const views = await listViews(harness.pool);
    await harness.asReader(async (client) => {
      for (const from of [...views, 'expected_chunks(90)']) {
        const { rows } = await client.query(`select * from wb_dashboard.${from}`);
        assert.ok(!JSON.stringify(rows).includes(SECRET), `${from}: ${JSON.stringify(rows)}`);
      }
    });
  });

  it('reads no table, whether of the main database, the vector one or pg-boss', async () => {
    const { rows: tables } = await harness.pool.query<{ name: string }>(
      `select oid::regclass::text as name from pg_class
       where relnamespace in ('public'::regnamespace, 'pgboss'::regnamespace) and relkind in ('r', 'p', 'v', 'm', 'S')`,
    );
    const names = tables.map(({ name }) => name);
    for (const name of ['wb_cabinets', 'wb_reviews', 'rag_metadata', 'rag_embeddings', 'pgboss.job'])
      assert.ok(names.includes(name), name);
    for (const name of ['chat_conversations', 'chat_messages', 'chat_daily_counts'])
      assert.ok(names.includes(name), name);
    await harness.asReader(async (client) => {
      for (const name of names) await assert.rejects(client.query(`select * from ${name}`), denied, name);
      await assert.rejects(client.query('select api_key from public.wb_cabinets'), denied);
    });
  });

  it('writes nothing, also when it sets its transactions to read and write', async () => {
    const views = await listViews(harness.pool);
    await harness.asReader(async (client) => {
      await client.query('set default_transaction_read_only = off');
      for (const view of views) {
        await assert.rejects(client.query(`delete from wb_dashboard.${view}`), refused, view);
        await assert.rejects(client.query(`insert into wb_dashboard.${view} default values`), refused, view);
      }
      await assert.rejects(client.query('update wb_dashboard.cabinets set is_active = false'), denied);
      for (const sql of [
        'delete from public.wb_cabinets',
        'truncate public.wb_orders',
        'create table wb_dashboard.mine (id int)',
        'create view wb_dashboard.mine as select 1 as one',
        'drop view wb_dashboard.cabinets',
        `create or replace function wb_dashboard.expected_chunks(integer) returns void language sql as 'select'`,
      ])
        await assert.rejects(client.query(sql), denied, sql);
    });
  });

  it('reads views that a later migration brings', async () => {
    await harness.pool.query('create view wb_dashboard.later as select 1 as one');
    try {
      const { rows } = await harness.asReader((client) => client.query('select * from wb_dashboard.later'));
      assert.deepEqual(rows, [{ one: 1 }]);
    } finally {
      await harness.pool.query('drop view wb_dashboard.later');
    }
  });

  it('reads the views also after a migration has made them anew', async () => {
    await migrateTo('main', 'down');
    await migrateTo('main', 'up');
    const { rows } = await harness.asReader((client) => client.query('select * from wb_dashboard.cabinets'));
    assert.equal(rows.length, 1);
  });
});

describe('docs/sql.md', () => {
  it('tags every block with where it is to be run', () => {
    const kinds = new Set(readBlocks().map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ['any', 'both', 'main', 'owner', 'remove', 'server', 'vector']);
  });

  it('has queries of which each one runs, by its role, where both databases are one', async () => {
    const queries = harness.blocks('main', 'vector', 'both', 'any');
    assert.ok(queries.length > 20);
    await harness.asReader(async (client) => {
      for (const sql of queries) {
        const { rowCount } = await client.query(sql).catch((error: unknown) => {
          throw new Error(`docs/sql.md: ${sql}`, { cause: error });
        });
        assert.ok(rowCount! > 0, `it finds nothing: ${sql}`);
      }
    });
  });

  for (const [set, other] of [
    ['main', 'vector'],
    ['vector', 'main'],
  ] as const) {
    it(`has queries for the ${set} database that run where the ${other} one is somewhere else`, async () => {
      await migrateTo(other, 'down');
      try {
        const asks = harness.blocks(set, 'any');
        await harness.asReader(async (client) => {
          for (const sql of asks) await client.query(sql);
        });
      } finally {
        await migrateTo(other, 'up');
      }
    });
  }

  it('names every view, and nothing that is none', async () => {
    const listed = [...PAGE.matchAll(/^\| `(\w+)(?:\(\))?` +\|/gm)].map(([, name]) => name!);
    assert.deepEqual(listed.sort(), [...(await listViews(harness.pool)), 'expected_chunks'].sort());
  });
});

describe('the schema of the views', () => {
  it('has a comment on every view, column and function', async () => {
    const { rows } = await harness.pool.query(
      `select c.relname || coalesce('.' || a.attname, '') as name
       from pg_class c
       cross join lateral (
         select null as attname, 0 as attnum
         union all
         select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0
       ) a
       where c.relnamespace = 'wb_dashboard'::regnamespace and c.relkind = 'v'
         and coalesce(case when a.attnum = 0 then obj_description(c.oid, 'pg_class') else col_description(c.oid, a.attnum) end, '') = ''
       union all
       select proname || '()' from pg_proc
       where pronamespace = 'wb_dashboard'::regnamespace and obj_description(oid, 'pg_proc') is null`,
    );
    assert.deepEqual(rows, []);
  });

  it('says units and kinds in the names of columns', async () => {
    const { rows } = await harness.pool.query<{ name: string; type: string }>(
      `select table_name || '.' || column_name as name, data_type as type from information_schema.columns
       where table_schema = 'wb_dashboard'`,
    );
    for (const { name, type } of rows) {
      if (type.startsWith('timestamp')) assert.match(name, /_at$/);
      if (type === 'boolean') assert.match(name, /\.(is|has)_/);
      if (type === 'double precision') assert.match(name, /_(seconds|ms)$/);
      assert.notEqual(type, 'timestamp without time zone', name);
    }
  });

  it('gives its functions a fixed search path and nobody a right to the schema', async () => {
    const { rows } = await harness.pool.query(
      `select proname from pg_proc
       where pronamespace = 'wb_dashboard'::regnamespace
         and not (prosecdef and provolatile = 's' and proconfig = array['search_path=pg_catalog, pg_temp'])`,
    );
    assert.deepEqual(rows, []);
    const { rows: everybody } = await harness.pool.query(
      `select from pg_namespace, aclexplode(nspacl) acl where nspname = 'wb_dashboard' and acl.grantee = 0`,
    );
    assert.deepEqual(everybody, []);
  });

  for (const order of [
    ['main', 'vector'],
    ['vector', 'main'],
  ] as const) {
    it(`goes with the last of ${order.join(', then ')}, and comes with the first`, async () => {
      const { pool } = harness;
      const all = await listViews(pool);
      const [first, second] = order;
      await migrateTo(first, 'down');
      const rest = await listViews(pool);
      assert.ok(rest.length > 0 && rest.length < all.length);
      await migrateTo(second, 'down');
      const { rows } = await pool.query(`select to_regnamespace('wb_dashboard') as schema`);
      assert.deepEqual(rows, [{ schema: null }]);
      await migrateTo(first, 'up');
      await migrateTo(second, 'up');
      assert.deepEqual(await listViews(pool), all);
      // What the schema took with it.
      for (const sql of harness.blocks('owner')) await pool.query(sql);
    });
  }
});

describe('a role that may not create schemas', () => {
  it(
    'brings the databases up to date where somebody made the schema for it',
    { skip: nativeServerUrl === undefined && 'the embedded Postgres takes everybody for its owner' },
    async (t) => {
      const name = `wb_migrator_${randomBytes(4).toString('hex')}`;
      const url = new URL(nativeServerUrl!);
      const admin = new pg.Client({ connectionString: url.href });
      await admin.connect();
      t.after(async () => {
        await admin.query(`drop database if exists ${name} with (force)`);
        await admin.query(`drop role if exists ${name}`);
        await admin.end();
      });
      await admin.query(`create role ${name} login password 'word'`);
      await admin.query(`create database ${name}`);
      url.pathname = `/${name}`;
      await withPool(url.href, (there) =>
        there.query(
          `grant create on schema public to ${name}; create extension vector; create schema wb_dashboard authorization ${name}`,
        ),
      );
      Object.assign(url, { username: name, password: 'word' });
      for (const set of ['vector', 'main'] as const)
        await migrate({ set, connectionString: url.href, direction: 'up', log: silentLog() });
      const views = await withPool(url.href, (there) => listViews(there));
      assert.deepEqual(views, await listViews(harness.pool));
    },
  );
});

/** Down to before the views of a set, or up to all of it. */
async function migrateTo(set: MigrationSetName, direction: 'up' | 'down'): Promise<void> {
  const { connectionString } = harness.database;
  const { applied } = await migrationState({ set, connectionString });
  const first = applied.findIndex((name) => name.endsWith('_create_dashboard_views'));
  const count = direction === 'down' ? { count: applied.length - first } : {};
  await migrate({ set, connectionString, direction, ...count, log: silentLog() });
}
