import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { startServer, temporaryDirectory, useEmbeddedPostgres } from './support.ts';
import pg from 'pg';

const postgres = useEmbeddedPostgres();

/** SQLSTATE insufficient_privilege. */
const DENIED = '42501';

/** What leads from SQL to a file, a process, the server's configuration or the rights of another. */
const FORBIDDEN: Record<string, string[]> = {
  'the rights of a superuser': [
    'set session authorization postgres',
    'set session authorization pg_monitor',
    'set role postgres',
    'set role pg_write_server_files',
    "select set_config('session_authorization', 'postgres', false)",
    "select set_config('role', 'postgres', false)",
    "do $$ begin execute 'set session ' || 'authorization postgres'; end $$",
    'alter role wb_assist superuser',
    'alter role current_user bypassrls',
    'create role elevated superuser',
    'create role elevated replication',
    'grant postgres to wb_assist',
    'grant pg_execute_server_program to wb_assist',
    'alter role postgres rename to other',
    "alter role postgres password 'known'",
    'create function pg_catalog.own() returns int language sql return 1',
    "update pg_catalog.pg_authid set rolsuper = true where rolname = 'wb_assist'",
    'select rolpassword from pg_authid',
  ],
  'files of the machine': [
    "select pg_read_file('PG_VERSION')",
    "select pg_read_binary_file('global/pg_control')",
    "select pg_ls_dir('.')",
    'select * from pg_ls_waldir()',
    "select * from pg_stat_file('PG_VERSION')",
    "select lo_import('/etc/passwd')",
    "select lo_export(lo_from_bytea(0, 'x'), '/tmp/exported')",
    "copy (select 1) to '/tmp/copied'",
    "copy pg_catalog.pg_class from '/etc/passwd'",
    "create table taken (line text); copy taken from '/etc/passwd'",
    "create tablespace elsewhere location '/tmp'",
  ],
  'code of its own': [
    "load 'vector'",
    "load '/tmp/module.so'",
    "load '$libdir/vector'",
    "create function code() returns int language c as '/tmp/module.so', 'code'",
    "create function code() returns int language c as '$libdir/vector', 'vector_in'",
    "create function code(internal) returns int language internal as 'pg_read_file'",
    'create language other handler plpgsql_call_handler',
    "copy (select 1) to program 'id'",
    "create table ran (line text); copy ran from program 'id'",
    'create event trigger e on ddl_command_end execute function pg_catalog.suppress_redundant_updates_trigger()',
  ],
  'the configuration of the server': [
    "alter system set work_mem = '1GB'",
    'alter system reset all',
    'select pg_reload_conf()',
    'set log_min_messages = debug5',
    "set session_preload_libraries = 'x'",
    "set dynamic_library_path = '/tmp'",
    'set allow_system_table_mods = on',
    'select pg_rotate_logfile()',
    'select pg_switch_wal()',
  ],
};

for (const [what, statements] of Object.entries(FORBIDDEN)) {
  test(`a client has no way to ${what}`, async () => {
    await using client = await postgres.client();
    for (const statement of statements) {
      // Whoever could become the superuser first could do all of it.
      await client.query('set session authorization postgres').catch(() => undefined);
      const outcome = await client.query(statement).then(
        () => 'it ran',
        (error: unknown) => (error as { code?: string }).code,
      );
      const programs = outcome === '0A000' && statement.includes(' program ');
      assert.ok(outcome === DENIED || outcome === '55P02' || programs, `${statement}: ${String(outcome)}`);
    }
    assert.deepEqual(
      (await client.query("select session_user::text, current_setting('is_superuser') as super")).rows,
      [{ session_user: 'wb_assist', super: 'off' }],
    );
  });
}

test('no function with the rights of its owner belongs to the superuser', async () => {
  await using client = await postgres.client();
  const { rows } = await client.query(
    'select oid::regprocedure::text from pg_proc where prosecdef and proowner = 10',
  );
  assert.deepEqual(rows, []);
});

test('the rights are gone after every start', async () => {
  const dataDir = join(temporaryDirectory(), 'data');
  for (let start = 0; start < 2; start += 1) {
    await using server = await startServer({ dataDir });
    const client = new pg.Client(server.connectionString);
    await client.connect();
    await assert.rejects(client.query('set session authorization postgres'), { code: DENIED });
    await client.query(`create table owned_${start} (id int)`);
    await client.end();
  }
});

test('what a database of an earlier version holds, when everybody was its superuser, belongs to the clients', async () => {
  const dataDir = join(temporaryDirectory(), 'data');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'owner.lock'), '');
  const earlier = new PGlite({ dataDir: join(dataDir, 'postgres'), extensions: { vector } });
  await earlier.exec(`
    create extension vector;
    create schema shop;
    create type shop.state as enum ('new');
    create domain shop.price as numeric;
    create table shop.orders (id int generated always as identity, old serial, state shop.state, at vector(2));
    create table parted (id int) partition by range (id);
    create sequence lonely;
    create view shop.seen as select id from shop.orders;
    create materialized view counted as select count(*) from shop.orders;
    create function touch() returns trigger language plpgsql security definer as 'begin return new; end';
    create procedure mend(n int) language sql security definer as 'select 1';
    create aggregate total(int) (sfunc = int4pl, stype = int);
    create trigger t before insert on shop.orders for each row execute function touch();
    insert into shop.orders (state) values ('new')`);
  await earlier.close();

  await using server = await startServer({ dataDir });
  const client = new pg.Client(server.connectionString);
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`
    insert into shop.orders (state) values ('new');
    alter table shop.orders add column more int;
    alter type shop.state add value 'old';
    create or replace view shop.seen as select id, more from shop.orders;
    refresh materialized view counted;
    select nextval('lonely');
    create table shop.fresh (id int)`);
  const { rows } = await client.query(`
    select relname as name from pg_class where relowner = 10 and oid >= 16384 and relkind <> 't'
    union all select proname from pg_proc p where proowner = 10 and oid >= 16384 and pronamespace <> 'pg_catalog'::regnamespace
      and not exists (select from pg_depend where objid = p.oid and deptype = 'e')`);
  assert.deepEqual(rows, []);
  await assert.rejects(client.query('set session authorization postgres'), { code: DENIED });
  await client.query(
    'drop schema shop cascade; drop table parted; drop procedure mend; drop aggregate total(int)',
  );
  await client.end();
});
