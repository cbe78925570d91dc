import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import pg from 'pg';
import { findObstacle, type ServerFacts } from '../../src/database/server-facts.ts';
import { migrate, migrationState } from '../../src/database/migrations.ts';
import { isAppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { localOracle } from '../helpers/local-oracle.ts';
import { assertIndexFollowsData } from '../helpers/oracle.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createTestDatabase, nativeServerUrl } from '../helpers/test-database.ts';
import { startTestService } from '../helpers/test-service.ts';

const skip = nativeServerUrl === undefined && 'the embedded Postgres has one database, made by the program';

/** A database of the native server, made with these words of CREATE DATABASE, until the test ends. */
async function createDatabaseWith(
  t: TestContext,
  options: string,
  prepare: (pool: pg.Pool, name: string) => Promise<void> = () => Promise.resolve(),
): Promise<{ connectionString: string; pool: pg.Pool; name: string }> {
  const name = `wb_assist_odd_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Pool({ connectionString: nativeServerUrl, max: 1 });
  await admin.query(`create database ${name} template template0 ${options}`);
  const url = new URL(nativeServerUrl!);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  pool.on('error', () => undefined);
  t.after(async () => {
    await pool.end();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });
  await prepare(pool, name);
  return { connectionString: url.href, pool, name };
}

async function migrateBoth(connectionString: string): Promise<void> {
  for (const set of ['main', 'vector'] as const)
    await migrate({ set, connectionString, direction: 'up', log: silentLog() });
}

describe('a database that cannot be ours is refused before anything is written to it', { skip }, () => {
  const ODD: [what: string, options: string, change: (name: string) => string, says: RegExp][] = [
    [
      'WIN1251',
      `encoding 'WIN1251' lc_collate 'C' lc_ctype 'C'`,
      () => 'select 1',
      /encoding WIN1251; .*UTF8/,
    ],
    ['SQL_ASCII', `encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`, () => 'select 1', /encoding SQL_ASCII/],
    [
      'read-only',
      '',
      (name) => `alter database ${name} set default_transaction_read_only = on`,
      /only reads: default_transaction_read_only is on\. .*alter role wbtest set/,
    ],
    [
      'without the schema public',
      '',
      () => 'drop schema public',
      /has no schema public.*create schema public/,
    ],
  ];
  for (const [what, options, change, says] of ODD) {
    it(what, async (t) => {
      const { connectionString, pool } = await createDatabaseWith(t, options, async (made, name) => {
        await made.query(change(name));
      });
      for (const set of ['main', 'vector'] as const) {
        for (const attempt of [
          () => migrate({ set, connectionString, direction: 'up', log: silentLog() }),
          () => migrationState({ set, connectionString }),
        ])
          await assert.rejects(
            attempt,
            (error) => isAppError(error, 'database_unsuitable') && says.test(error.message),
          );
      }
      const { rowCount } = await pool.query(
        `select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname !~ '^(pg_|information)'`,
      );
      assert.equal(rowCount, 0);
    });
  }
});

describe('why a server cannot be ours', () => {
  const fine: ServerFacts = {
    ...{ versionNumber: 150_020, version: '15.20', encoding: 'UTF8', inRecovery: false, readOnly: false },
    ...{ hasPublicSchema: true, user: 'seller' },
  };
  it('is said with what to do about it, and nothing is said of one that can', () => {
    assert.equal(findObstacle(fine, 'DATABASE_URL'), undefined);
    const standby = findObstacle({ ...fine, inRecovery: true, readOnly: true }, 'RAG_DATABASE_URL');
    assert.match(standby?.detail ?? '', /standby/);
    assert.match(standby?.remedy ?? '', /RAG_DATABASE_URL to the primary/);
    const old = findObstacle({ ...fine, versionNumber: 140_011, version: '14.11' }, 'DATABASE_URL');
    assert.match(old?.detail ?? '', /14\.11; 15 or newer/);
  });
});

describe('a database that is arranged otherwise', { skip }, () => {
  it('with a schema of the role’s own name, and pgvector in another one, works like any', async (t) => {
    const { connectionString, pool } = await createDatabaseWith(t, '', async (made) => {
      await made.query(
        'create schema authorization current_user; create schema "Extensions"; create extension vector schema "Extensions"',
      );
    });
    const service = await startTestService({ databaseUrl: connectionString });
    try {
      const cabinet = await insertCabinet(pool);
      await insertRow(pool, 'products', cabinet, { name: 'Платье «Лето»' });
      await insertRow(pool, 'orders', cabinet);
      await service.untilQuiet();
    } finally {
      await service.stop();
    }
    const { rows } = await pool.query(
      `select n.nspname as schema, count(*)::int as tables from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where relname ~ '^(wb|rag)_' and relkind = 'r' and nspname <> 'wb_dashboard' group by 1`,
    );
    assert.deepEqual(
      rows.map(({ schema }) => schema as string),
      ['public'],
    );
    await pool.query('alter extension vector set schema public');
    await assertIndexFollowsData(pool, pool, localOracle);
  });

  it('whose LC_CTYPE knows no Russian finds the same words as any', async (t) => {
    const texts = [
      'Товар\nНазвание: ПЛАТЬЕ «Лето»—красивое\nБренд: Ёлочка\nАртикул WB (nm_id): 42',
      'Отзыв\nОценка: 5 из 5\nТекст: Пришло БЫСТРО, Качество СУПЕР! 👍№1 «Кружки» – Брал… Ірина & Şükran',
      'Заказ\nНазвание: Big SILK Dress (Размер XL) ÀÉÎ',
    ];
    const read = async (pool: pg.Pool) => {
      const words: string[] = [];
      for (const text of texts) {
        const { rows } = await pool.query<{ words: string }>(
          `select rag_words(case when $1 like 'Отзыв%' then 'review' else 'product' end, $1)::text as words`,
          [text],
        );
        words.push(rows[0]!.words);
      }
      return words;
    };
    const ordinary = await createTestDatabase();
    t.after(() => ordinary.drop());
    const expected = await read(ordinary.pool);
    assert.match(expected[0]!, /'плат'/);
    for (const locale of ['C', 'POSIX']) {
      const { connectionString, pool } = await createDatabaseWith(
        t,
        `encoding 'UTF8' lc_collate '${locale}' lc_ctype '${locale}'`,
      );
      await migrateBoth(connectionString);
      assert.deepEqual(await read(pool), expected, locale);
      const { rows } = await pool.query(
        `select rag_words('product', $1) @@ to_tsquery('pg_catalog.russian', 'платья') as found`,
        [texts[0]],
      );
      assert.deepEqual(rows, [{ found: true }]);
    }
  });

  it('whose LC_CTYPE knows no Russian has what is indexed already mended by the migration', async (t) => {
    const { connectionString, pool } = await createDatabaseWith(
      t,
      `encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`,
    );
    await migrateBoth(connectionString);
    const log = silentLog();
    const newer = (await migrationState({ set: 'vector', connectionString })).applied.filter(
      (name) => name >= '015',
    ).length;
    await migrate({ set: 'vector', connectionString, direction: 'down', count: newer, log });
    await pool.query(
      `insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
       values (1, 'wb_products', 1, 'product', $1, 'h')`,
      ['Товар\nНазвание: ПЛАТЬЕ'],
    );
    const find = async () =>
      (await pool.query(`select from rag_metadata where words @@ to_tsquery('pg_catalog.russian', 'платье')`))
        .rowCount;
    assert.equal(await find(), 0);
    await migrate({ set: 'vector', connectionString, direction: 'up', log });
    assert.equal(await find(), 1);
  });
});
