import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { after, afterEach, before, describe, it } from 'node:test';
import type pg from 'pg';
import {
  MIGRATION_SETS,
  migrate,
  migrationState,
  type MigrationSetName,
} from '../../src/database/migrations.ts';
import { isAppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { until } from '../helpers/until.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

const SETS: readonly MigrationSetName[] = ['main', 'vector'];

let database: TestDatabase;
let pool: pg.Pool;

before(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
after(() => database.drop());
afterEach(() => up());

function namesOf(set: MigrationSetName): string[] {
  return readdirSync(MIGRATION_SETS[set].directory)
    .map((file) => file.replace(/\.sql$/, ''))
    .sort();
}

const run = (
  set: MigrationSetName,
  direction: 'up' | 'down',
  options: { count?: number; fake?: boolean } = {},
) => migrate({ set, connectionString: database.connectionString, direction, log: silentLog(), ...options });

async function up(): Promise<void> {
  for (const set of SETS) await run(set, 'up');
}

async function downToNothing(): Promise<void> {
  for (const set of SETS) await run(set, 'down', { count: namesOf(set).length });
}

/** Everything that migrations make, in words that can be compared. */
async function describeSchema(): Promise<Record<string, string[]>> {
  const queries = {
    columns: `select table_name || '.' || column_name || ' ' || udt_name || coalesce('(' || character_maximum_length || ')', '')
        || ' ' || is_nullable || ' ' || coalesce(column_default, '') || ' ' || is_identity || ' '
        || coalesce(generation_expression, '') || ' '
        || row_number() over (partition by table_name order by ordinal_position)
      from information_schema.columns where table_schema = 'public'`,
    storage: `select attrelid::regclass || '.' || attname || ' ' || attstorage::text || ' ' || atttypmod
      from pg_attribute join pg_class on pg_class.oid = attrelid
      where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped`,
    options: `select oid::regclass || ' ' || relkind::text || ' ' || coalesce(reloptions::text, '')
      from pg_class where relnamespace = 'public'::regnamespace`,
    constraints: `select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      from pg_constraint where connamespace = 'public'::regnamespace`,
    indexes: `select indexdef from pg_indexes where schemaname = 'public'`,
    triggers: `select pg_get_triggerdef(oid) || ' ' || tgenabled::text from pg_trigger where not tgisinternal`,
    functions: `select pg_get_functiondef(oid) from pg_proc
      where pronamespace in ('public'::regnamespace, to_regnamespace('wb_dashboard'))
      and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')`,
    views: `select schemaname || '.' || viewname || definition from pg_views where schemaname in ('public', 'wb_dashboard')`,
  };
  const schema: Record<string, string[]> = {};
  for (const [kind, query] of Object.entries(queries)) {
    const { rows } = await pool.query<[string]>({ text: query, rowMode: 'array' });
    schema[kind] = rows.map(([line]) => line).sort();
  }
  return schema;
}

describe('up and down', () => {
  it('all the way down and up again gives the same schema', async () => {
    const first = await describeSchema();
    assert.ok(
      first['triggers']!.length > 20 && first['functions']!.length > 5,
      'the snapshot sees triggers and functions',
    );
    await downToNothing();
    await up();
    assert.deepEqual(await describeSchema(), first);
  });

  it('all the way down leaves nothing but the record of migrations and the extension', async () => {
    await downToNothing();
    const { rows } = await pool.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'S')
         and relname !~ '^(wb|rag)_migrations'
       union all
       select proname from pg_proc where pronamespace = 'public'::regnamespace
         and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
       union all
       select nspname from pg_namespace where nspname = 'wb_dashboard'`,
    );
    assert.deepEqual(rows, []);
  });

  it('each single step down and up again gives the same schema', async () => {
    for (const set of SETS) {
      for (const name of namesOf(set).toReversed()) {
        const later = await describeSchema();
        assert.deepEqual(await run(set, 'down'), [name]);
        const earlier = await describeSchema();
        assert.deepEqual(await run(set, 'up', { count: 1 }), [name]);
        assert.deepEqual(await describeSchema(), later, `${name}, down and up`);
        await run(set, 'down');
        assert.deepEqual(await describeSchema(), earlier, `${name}, down, up and down`);
      }
      await run(set, 'up');
    }
  });

  it('up resolves to the names of what it applied, in order, and to nothing the second time', async () => {
    await downToNothing();
    for (const set of SETS) {
      assert.deepEqual(await run(set, 'up'), namesOf(set));
      assert.deepEqual(await run(set, 'up'), []);
    }
  });

  it('go on after the clock was set back since the last ones', async () => {
    for (const [set, table] of [
      ['main', 'wb_migrations'],
      ['vector', 'rag_migrations'],
    ] as const) {
      await pool.query(`update ${table} set run_on = run_on + interval '30 days'`);
      await run(set, 'down', { count: 2 });
      await run(set, 'up', { count: 1 });
      assert.deepEqual(await run(set, 'up'), namesOf(set).slice(-1));
      // As versions left it that did not know of this.
      await pool.query(`update ${table} set run_on = run_on - interval '30 days' where name = $1`, [
        namesOf(set).at(-1),
      ]);
      assert.deepEqual(await run(set, 'up'), []);
      assert.deepEqual(await run(set, 'down'), namesOf(set).slice(-1));
      assert.deepEqual(await run(set, 'up'), namesOf(set).slice(-1));
    }
  });

  it('rows of the main database survive the round trip of the capture migrations', async () => {
    await pool.query(`insert into wb_cabinets (name) values ('Кабинет')`);
    await run('main', 'down', {
      count: namesOf('main').length - namesOf('main').findIndex((name) => name.startsWith('010')),
    });
    await run('main', 'up');
    const { rows } = await pool.query(`delete from wb_cabinets returning name`);
    assert.deepEqual(rows, [{ name: 'Кабинет' }]);
  });

  it('chunks and their vectors survive the round trip of the later migrations of the vector database', async () => {
    const text = 'Заказ\nНомер заказа: 1';
    const hash = createHash('sha256').update(text).digest('hex');
    await pool.query(
      `with chunk as (
         insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
         values (1, 'wb_orders', 1, 'order', $1, $2) returning cabinet_id, id, chunk_hash
       )
       insert into rag_embeddings (cabinet_id, metadata_id, model, chunk_hash, embedding)
       select cabinet_id, id, 'model', chunk_hash, array_fill(1, array[1536])::halfvec from chunk`,
      [text, hash],
    );
    try {
      const later =
        namesOf('vector').length - namesOf('vector').findIndex((name) => name.endsWith('_add_chunk_hash'));
      await run('vector', 'down', { count: later });
      await run('vector', 'up');
      const { rows } = await pool.query(
        `select m.chunk_hash as of_text, e.chunk_hash as of_vector
         from rag_metadata m join rag_embeddings e on e.cabinet_id = m.cabinet_id and e.metadata_id = m.id`,
      );
      assert.deepEqual(rows, [{ of_text: hash, of_vector: hash }]);
    } finally {
      await pool.query('delete from rag_metadata');
    }
  });

  it('a migration that fails is rolled back with all others of its run, and says which database it was', async () => {
    await downToNothing();
    await pool.query('create table wb_sales ()');
    await assert.rejects(
      run('main', 'up'),
      (error) => isAppError(error, 'migration_failed') && error.message.includes('DATABASE_URL'),
    );
    const { rows } = await pool.query(`select to_regclass('public.wb_cabinets') as cabinets`);
    await pool.query('drop table wb_sales');
    assert.deepEqual(rows, [{ cabinets: null }]);
    assert.deepEqual(
      (await migrationState({ set: 'main', connectionString: database.connectionString })).applied,
      [],
    );
  });
});

describe('the schema', () => {
  it('exactly the twenty indexes of the deployment check take the names that it looks for', async () => {
    const { rows } = await pool.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes
       where indexname like 'idx_%created_at' or indexname like 'idx_%updated_at'`,
    );
    const expected = ['orders', 'products', 'stocks', 'reviews', 'sales'].flatMap((source) =>
      ['created_at', 'updated_at'].flatMap((column) => [
        { name: `idx_wb_${source}_${column}`, on: `public.wb_${source} USING btree (${column})` },
        {
          name: `idx_wb_${source}_cabinet_${column}`,
          on: `public.wb_${source} USING btree (cabinet_id, ${column})`,
        },
      ]),
    );
    assert.equal(expected.length, 20);
    assert.deepEqual(rows.map((row) => row.name).sort(), expected.map((index) => index.name).sort());
    for (const { name, on } of expected) {
      assert.equal(rows.find((row) => row.name === name)?.definition, `CREATE INDEX ${name} ON ${on}`);
    }
  });

  it('chunk_hash is varchar(64), on the chunk and on its vector', async () => {
    const { rows } = await pool.query(
      `select table_name, data_type, character_maximum_length from information_schema.columns
       where table_schema = 'public' and column_name = 'chunk_hash' and table_name in ('rag_metadata', 'rag_embeddings')
       order by table_name`,
    );
    const type = { data_type: 'character varying', character_maximum_length: 64 };
    assert.deepEqual(rows, [
      { table_name: 'rag_embeddings', ...type },
      { table_name: 'rag_metadata', ...type },
    ]);
  });

  it('a cabinet is accepted as users are told to insert it', async () => {
    const { rows } = await pool.query(
      `insert into wb_cabinets (name, api_key, is_active, created_at, updated_at)
       values ('Test Cabinet', 'KEY', true, now(), now()) returning name, is_active, last_sync_at`,
    );
    await pool.query('delete from wb_cabinets');
    assert.deepEqual(rows, [{ name: 'Test Cabinet', is_active: true, last_sync_at: null }]);
  });

  it('every key of the vector tables contains cabinet_id', async () => {
    const { rows } = await pool.query<{ index: string; columns: string[] }>(
      `select i.indexrelid::regclass::text as index,
         array(select attname::text from pg_attribute where attrelid = i.indrelid and attnum = any (i.indkey)) as columns
       from pg_index i join pg_class c on c.oid = i.indrelid
       where c.relnamespace = 'public'::regnamespace and (i.indisunique or i.indisprimary)
         and c.relname in ('rag_metadata', 'rag_embeddings', 'rag_index_status', 'rag_index_runs', 'rag_index_failures', 'rag_cut_texts')`,
    );
    assert.ok(rows.length >= 5);
    assert.deepEqual(
      rows.filter((row) => !row.columns.includes('cabinet_id')),
      [],
    );
  });
});

describe('runners', () => {
  it('three at once all succeed and apply each migration once', async () => {
    for (let round = 0; round < 3; round += 1) {
      await downToNothing();
      await Promise.all([1, 2, 3].flatMap(() => SETS.map((set) => run(set, 'up'))));
      for (const set of SETS) {
        const { rows } = await pool.query<{ name: string }>(
          `select name from ${MIGRATION_SETS[set].migrationsTable} order by id`,
        );
        assert.deepEqual(
          rows.map((row) => row.name),
          namesOf(set),
        );
      }
    }
  });

  it('look again when the other set makes the schema of both meanwhile', async (t) => {
    if (database.embedded) {
      t.skip('all clients of the embedded Postgres share one session');
      return;
    }
    await downToNothing();
    const other = await pool.connect();
    try {
      await other.query('begin; create schema wb_dashboard');
      const migrated = run('main', 'up');
      await until('the runner waits for the schema', async () => {
        const { rowCount } = await pool.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });
      await other.query('commit');
      assert.deepEqual(await migrated, namesOf('main'));
    } finally {
      other.release();
    }
  });

  it('fake records migrations without running them', async () => {
    await downToNothing();
    for (const set of SETS) {
      await run(set, 'up', { fake: true });
      assert.deepEqual(
        (await migrationState({ set, connectionString: database.connectionString })).pending,
        [],
      );
    }
    const { rows } = await pool.query(
      `select to_regclass('public.wb_cabinets') as cabinets, to_regclass('public.rag_metadata') as metadata`,
    );
    for (const set of SETS) await pool.query(`delete from ${MIGRATION_SETS[set].migrationsTable}`);
    assert.deepEqual(rows, [{ cabinets: null, metadata: null }]);
  });

  it('fake for some leaves the rest to be run', async () => {
    await run('main', 'down', { count: 2 });
    const [earlier, later] = namesOf('main').slice(-2);
    // 010 is there already, as in a database that was set up by hand.
    await run('main', 'up', { count: 1 });
    await pool.query('delete from wb_migrations where name = $1', [earlier]);
    assert.deepEqual(await run('main', 'up', { count: 1, fake: true }), [earlier]);
    assert.deepEqual(await run('main', 'up'), [later]);
  });
});

describe('a database without pgvector', () => {
  /**
   * Migrates where views of the same names, found before those of pg_catalog, hide the extension or tell of another
   * version of it. What migrations themselves make is not in the way of that.
   */
  async function migrateWithPgvector(
    availableVersion: string | undefined,
    set: MigrationSetName,
  ): Promise<string[]> {
    const url = new URL(database.connectionString);
    url.searchParams.set('options', '-c search_path=hiding,pg_catalog,public');
    await pool.query('create schema hiding');
    await pool.query(
      `create view hiding.pg_extension as select ''::name as extname, ''::text as extversion where false`,
    );
    await pool.query(
      `create view hiding.pg_available_extensions as select 'vector'::name as name, v as default_version
       from unnest(array[${availableVersion === undefined ? '' : `'${availableVersion}'`}]::text[]) v`,
    );
    try {
      return await migrate({ set, connectionString: url.href, direction: 'up', log: silentLog() });
    } finally {
      await pool.query('drop schema hiding cascade');
    }
  }

  it('is database_unsuitable, and the message says what to install', async () => {
    await assert.rejects(
      migrateWithPgvector(undefined, 'vector'),
      (error) =>
        isAppError(error, 'database_unsuitable') &&
        error.message.includes('https://github.com/pgvector/pgvector'),
    );
  });

  it('or with one older than 0.8 is database_unsuitable, and the message names both versions', async () => {
    await assert.rejects(
      migrateWithPgvector('0.7.4', 'vector'),
      (error) => isAppError(error, 'database_unsuitable') && /0\.7\.4.*0\.8/.test(error.message),
    );
  });

  it('may still be the main database', async () => {
    assert.deepEqual(await migrateWithPgvector(undefined, 'main'), []);
  });

  for (const version of ['0.8.0', '0.10.1', '1.0.0']) {
    it(`is suitable when ${version} is available`, async () => {
      assert.deepEqual(await migrateWithPgvector(version, 'vector'), []);
    });
  }
});

describe('migrationState', () => {
  const state = (set: MigrationSetName) =>
    migrationState({ set, connectionString: database.connectionString });

  it('names everything that is applied, the newest last', async () => {
    for (const set of SETS) {
      const { applied, pending, unknown } = await state(set);
      assert.deepEqual({ applied, pending, unknown }, { applied: namesOf(set), pending: [], unknown: [] });
    }
  });

  it('names what is pending after a step down, and everything in an empty database', async () => {
    for (const set of SETS) {
      await run(set, 'down');
      assert.deepEqual((await state(set)).pending, namesOf(set).slice(-1));
      assert.equal((await state(set)).applied.at(-1), namesOf(set).at(-2));
    }
    await downToNothing();
    for (const set of SETS) {
      await pool.query(`drop table ${MIGRATION_SETS[set].migrationsTable}`);
      const { applied, pending } = await state(set);
      assert.deepEqual({ applied, pending }, { applied: [], pending: namesOf(set) });
    }
  });

  it('names migrations that this version does not know', async () => {
    await pool.query(`insert into wb_migrations (name, run_on) values ('999_from_the_future', now())`);
    try {
      assert.deepEqual((await state('main')).unknown, ['999_from_the_future']);
    } finally {
      await pool.query(`delete from wb_migrations where name = '999_from_the_future'`);
    }
  });

  it('shows the database without its password', async () => {
    const { database: label } = await state('main');
    const { password } = new URL(database.connectionString);
    assert.match(label, /^DATABASE_URL \(/);
    if (password !== '') assert.ok(!label.includes(`:${password}@`));
  });
});
