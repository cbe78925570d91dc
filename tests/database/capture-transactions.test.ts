import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it } from 'node:test';
import pg from 'pg';
import { SOURCE_NAMES } from '../../src/source-tables.ts';
import { emptyDatabase, insertCabinet, insertRow, takeChanges } from '../helpers/captured-changes.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

let database: TestDatabase;
let pool: pg.Pool;
let cabinet: number;

before(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
after(() => database.drop());
beforeEach(async () => {
  await emptyDatabase(pool);
  cabinet = await insertCabinet(pool);
});

async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('transactions', () => {
  it('changes of several tables in one transaction are all there after it', async () => {
    const changes = await withClient(async (client) => {
      await client.query('begin');
      const ids = [];
      for (const source of SOURCE_NAMES)
        ids.push(`${cabinet} ${source} ${await insertRow(client, source, cabinet)}`);
      await client.query('commit');
      return ids;
    });
    assert.deepEqual(await takeChanges(pool), changes.sort());
  });

  it('a change cannot be seen before its transaction commits', async (t) => {
    if (database.embedded) {
      t.skip('the embedded Postgres serves one transaction at a time');
      return;
    }
    await withClient(async (client) => {
      await client.query('begin');
      const id = await insertRow(client, 'orders', cabinet);
      assert.deepEqual(await takeChanges(pool), []);
      await client.query('commit');
      assert.deepEqual(await takeChanges(pool), [`${cabinet} orders ${id}`]);
    });
  });

  it('a rolled-back transaction leaves no change', async () => {
    await withClient(async (client) => {
      await client.query('begin');
      for (const source of SOURCE_NAMES) await insertRow(client, source, cabinet);
      await client.query('rollback');
    });
    assert.deepEqual(await takeChanges(pool), []);
  });

  it('a statement that fails leaves no change', async () => {
    await insertRow(pool, 'orders', cabinet, { order_id: 'there' });
    await takeChanges(pool);
    await assert.rejects(
      pool.query(
        `insert into wb_orders (cabinet_id, order_id) values (${cabinet}, 'new'), (${cabinet}, 'there')`,
      ),
      { code: '23505' },
    );
    assert.deepEqual(await takeChanges(pool), []);
  });

  it('a rolled-back savepoint leaves no change, what stands around it does', async () => {
    const [before, after] = await withClient(async (client) => {
      await client.query('begin');
      const first = await insertRow(client, 'orders', cabinet);
      await client.query('savepoint s');
      await insertRow(client, 'orders', cabinet);
      await client.query('rollback to savepoint s');
      const last = await insertRow(client, 'sales', cabinet);
      await client.query('commit');
      return [first, last];
    });
    assert.deepEqual(
      await takeChanges(pool),
      [`${cabinet} orders ${before}`, `${cabinet} sales ${after}`].sort(),
    );
  });

  it('two overlapping transactions both leave their changes', async (t) => {
    if (database.embedded) {
      t.skip('the embedded Postgres serves one transaction at a time');
      return;
    }
    await withClient(async (first) =>
      withClient(async (second) => {
        await first.query('begin');
        await second.query('begin');
        const one = await insertRow(first, 'orders', cabinet);
        const two = await insertRow(second, 'orders', cabinet);
        await second.query('commit');
        assert.deepEqual(await takeChanges(pool), [`${cabinet} orders ${two}`]);
        await first.query('commit');
        assert.deepEqual(await takeChanges(pool), [`${cabinet} orders ${one}`]);
      }),
    );
  });
});

describe('copy', () => {
  it('a COPY leaves a change of every row', async (t) => {
    const rows = Array.from({ length: 1000 }, (_, n) => `${cabinet}\tsrid-${n}\tБренд ${n}\n`).join('');
    try {
      await withClient((client) =>
        copyIn(client, 'copy wb_orders (cabinet_id, order_id, brand) from stdin', rows),
      );
    } catch (error) {
      if (!database.embedded || (error as { code?: string }).code !== '0A000') throw error;
      t.skip('the embedded Postgres refuses COPY FROM STDIN');
      return;
    }
    const { rows: written } = await pool.query<{ change: string }>(
      `select cabinet_id || ' orders ' || id as change from wb_orders`,
    );
    assert.equal(written.length, 1000);
    assert.deepEqual(await takeChanges(pool), written.map((row) => row.change).sort());
  });
});

/** COPY … FROM STDIN: `pg` has the protocol, but no public way to it. */
async function copyIn(client: pg.Client, statement: string, data: string): Promise<void> {
  interface CopyConnection {
    sendCopyFromChunk(chunk: Buffer): void;
    endCopyFrom(): void;
  }
  const query = new pg.Query(statement) as pg.Query & {
    handleCopyInResponse: (connection: CopyConnection) => void;
  };
  query.handleCopyInResponse = (connection) => {
    connection.sendCopyFromChunk(Buffer.from(data));
    connection.endCopyFrom();
  };
  await new Promise((resolve, reject) => {
    query.on('end', resolve);
    query.on('error', reject);
    client.query(query);
  });
}

describe('roles and names', () => {
  it('a role that may write one table and nothing else is captured, whatever it names and searches', async (t) => {
    const role = `wb_writer_${randomBytes(4).toString('hex')}`;
    try {
      await pool.query(`create role ${role}`);
    } catch (error) {
      t.skip(`roles do not work here: ${(error as Error).message}`);
      return;
    }
    try {
      await pool.query(`grant select, insert, update, delete, truncate on wb_orders to ${role}`);
      await pool.query(`create schema hostile authorization ${role}`);
      const id = await withClient((client) => writeAsHostileRole(client, role));
      const changes = [`${cabinet} orders ${id}`, `${cabinet} cabinet`].sort();
      assert.deepEqual(await takeChanges(pool), changes);
    } finally {
      await pool.query(`drop schema if exists hostile cascade`);
      await pool.query(`drop owned by ${role}`);
      await pool.query(`drop role ${role}`);
    }
  });

  /** Insert, update, delete and truncate, with traps laid for the capture functions. Resolves to the id of the row. */
  async function writeAsHostileRole(client: pg.Client, role: string): Promise<number> {
    await client.query('begin');
    try {
      await client.query(`set local role ${role}`);
      for (const name of ['rag_changes', 'changed', 'before', 'after', 'wb_cabinets']) {
        await client.query(
          `create temp table ${name} (id bigint, cabinet_id bigint, kind text, ids bigint[]) on commit drop`,
        );
      }
      await client.query(
        `create function hostile.rag_ring_doorbell() returns void language sql as 'select 1 / 0'`,
      );
      await client.query(
        `create function hostile.pg_notify(text, text) returns void language sql as 'select 1 / 0'`,
      );
      await client.query(`set local search_path = hostile, pg_temp, pg_catalog, public`);
      const id = await insertRow(client, 'orders', cabinet);
      await client.query(`update public.wb_orders set brand = 'Б' where id = $1`, [id]);
      await client.query('delete from public.wb_orders');
      await client.query('truncate public.wb_orders');
      await assert.rejects(
        client.query('savepoint s').then(() => client.query('delete from public.rag_changes')),
        { code: '42501' },
        'the role of this test may write the outbox itself',
      );
      await client.query('rollback to savepoint s');
      await client.query('commit');
      return id;
    } finally {
      await client.query('rollback');
    }
  }
});

describe('the doorbell', () => {
  it('rings when a transaction commits, and not when it rolls back', async () => {
    await withClient(async (listening) => {
      await listening.query('listen rag_changes');
      await withClient(async (client) => {
        await client.query('begin');
        await insertRow(client, 'orders', cabinet);
        await client.query('rollback');
        // Notifications come in order of commit: had the rollback rung, that would come before this.
        const first = once(listening, 'notification', { signal: AbortSignal.timeout(10_000) });
        await client.query(`select pg_notify('rag_changes', 'the one after the rollback')`);
        assert.equal(payloadOf(await first), 'the one after the rollback');

        const ring = once(listening, 'notification', { signal: AbortSignal.timeout(10_000) });
        await client.query('begin');
        await insertRow(client, 'orders', cabinet);
        await client.query('commit');
        assert.deepEqual(JSON.parse(payloadOf(await ring)), {});
      });
    });
  });

  it('does not ring when nothing relevant changed', async () => {
    await insertRow(pool, 'orders', cabinet);
    await withClient(async (listening) => {
      await listening.query('listen rag_changes');
      const first = once(listening, 'notification', { signal: AbortSignal.timeout(10_000) });
      await pool.query('update wb_orders set updated_at = now()');
      await pool.query('delete from wb_orders where id < 0');
      await pool.query(`select pg_notify('rag_changes', 'the only one')`);
      assert.equal(payloadOf(await first), 'the only one');
    });
  });

  const WRITES = {
    update: `update wb_orders set brand = 'Б'`,
    delete: 'delete from wb_orders',
    truncate: 'truncate wb_orders',
    'rename of a product': `update wb_products set name = 'Имя'`,
    'switched-off cabinet': 'update wb_cabinets set is_active = false',
  };
  for (const [name, statement] of Object.entries(WRITES)) {
    it(`rings for a ${name}`, async () => {
      await insertRow(pool, 'orders', cabinet);
      await insertRow(pool, 'products', cabinet);
      await withClient(async (listening) => {
        await listening.query('listen rag_changes');
        const ring = once(listening, 'notification', { signal: AbortSignal.timeout(10_000) });
        await pool.query(statement);
        assert.deepEqual(JSON.parse(payloadOf(await ring)), {});
      });
    });
  }

  function payloadOf(event: unknown[]): string {
    return (event[0] as pg.Notification).payload ?? '';
  }
});

describe('updated_at', () => {
  for (const table of ['wb_cabinets', ...SOURCE_NAMES.map((source) => `wb_${source}`)]) {
    const column = { wb_cabinets: 'name', wb_reviews: 'text' }[table] ?? 'brand';
    const readTime = async () => {
      const { rows } = await pool.query<{ time: string }>(`select updated_at::text as time from ${table}`);
      return rows[0]!.time;
    };

    it(`of ${table} is kept by the database, and stays when a statement changes nothing`, async () => {
      for (const source of SOURCE_NAMES) await insertRow(pool, source, cabinet);
      await pool.query(`update ${table} set updated_at = '2020-01-01 00:00+00'`);
      await pool.query(`update ${table} set ${column} = ${column}`);
      assert.equal(new Date(await readTime()).toISOString(), '2020-01-01T00:00:00.000Z');
      await pool.query(`update ${table} set ${column} = 'другое'`);
      assert.ok(Date.now() - Date.parse(await readTime()) < 60_000, await readTime());
    });

    it(`of ${table} that a writer sets stays`, async () => {
      for (const source of SOURCE_NAMES) await insertRow(pool, source, cabinet);
      await pool.query(`update ${table} set ${column} = 'другое', updated_at = '2021-05-05 00:00+00'`);
      assert.equal(new Date(await readTime()).toISOString(), '2021-05-05T00:00:00.000Z');
    });
  }
});
