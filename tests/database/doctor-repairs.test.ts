import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { schedulesOf } from '../../src/app.ts';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';
import { visit, type VisitOptions } from './doctor-harness.ts';

let database: TestDatabase;
let service: TestService;
let cabinetId: number;
/** Keeps the answers of the service's embedder back. */
let held: Promise<unknown> | undefined;

before(async () => {
  database = await createTestDatabase();
  const local = createLocalEmbedder();
  const embedder: Embedder = {
    ...local,
    async embed(texts, options) {
      await held;
      return local.embed(texts, options);
    },
  };
  service = await startTestService({
    ...{ databaseUrl: database.connectionString, embedder, schedules: schedulesOf },
  });
  cabinetId = await insertCabinet(pool());
  for (let i = 0; i < 5; i += 1) await insertRow(pool(), 'reviews', cabinetId, { text: `Отзыв ${i}` });
  await service.untilQuiet();
});
after(async () => {
  await service.stop();
  await database.drop();
});
/** Whatever a test broke is mended by then. */
afterEach(async () => {
  held = undefined;
  await service.untilQuiet();
  assert.deepEqual((await examineNow()).complaints, []);
});

const pool = () => database.pool;
const examineNow = (options?: VisitOptions) => visit(database.connectionString, options);

/** Each finding is a failure that names its remedy, and `--repair` mends all of them. */
async function assertFoundAndMended(check: string, details: readonly (string | RegExp)[]): Promise<void> {
  const { findings, complaints } = await examineNow();
  const found = findings.filter(({ status }) => status !== 'ok');
  assert.equal(found.length, details.length, complaints.join('\n'));
  details.forEach((detail, index) => {
    const finding = found[index]!;
    assert.equal(finding.status, 'failed');
    assert.equal(finding.check, check);
    if (typeof detail === 'string') assert.equal(finding.detail, detail);
    else assert.match(finding.detail, detail);
    assert.match(finding.remedy ?? '', /npx wb-assist doctor --repair/);
  });
  const announced: string[] = [];
  const repaired = await examineNow({ repair: true, onRepair: (what) => announced.push(what) });
  assert.equal(announced.length, 1);
  const statuses = new Set(repaired.of(check).map(({ status }) => status));
  assert.ok(statuses.has('repaired') && !statuses.has('failed'), repaired.complaints.join('\n'));
  await service.untilQuiet();
  assert.deepEqual((await examineNow()).complaints, []);
}

const chunkCount = async () => {
  const { rows } = await pool().query<{ n: number }>('select count(*)::int as n from rag_metadata');
  return rows[0]!.n;
};

describe('the doctor beside a running service', () => {
  it('finds nothing wrong', async () => {
    const { findings, complaints } = await examineNow();
    assert.deepEqual(complaints, []);
    assert.match(findings.find(({ check }) => check === 'listener')!.detail, /answered a notification in/);
    assert.match(findings.find(({ check }) => check === 'embeddings')!.detail, /lexical, not semantic/);
    assert.match(findings.find(({ check }) => check === 'coverage')!.detail, /\d rows with a chunk/);
  });

  it('takes what is just being indexed for no fault', async () => {
    const gate = Promise.withResolvers<undefined>();
    held = gate.promise;
    await insertRow(pool(), 'reviews', cabinetId, { text: 'Ещё один отзыв' });
    await until('it is being indexed', async () => {
      const { rowCount } = await pool().query(
        `select from pgboss.job where name = 'rag-index' and state = 'active'`,
      );
      return rowCount === 1;
    });
    // One that hangs is worth a word, no alarm.
    const finding = (await examineNow()).only();
    assert.equal(finding.status, 'warning');
    assert.match(finding.detail, /cabinet \d+: 1 row without a chunk; a worker is at it/);
    const progress = (line: string) => {
      if (line.startsWith('Waiting for what is being indexed')) gate.resolve(undefined);
    };
    assert.deepEqual((await examineNow({ progress })).complaints, []);
  });
});

describe('a capture trigger', () => {
  it('that is disabled is found and enabled, and what changed unseen is indexed', async () => {
    await pool().query('alter table wb_reviews disable trigger rag_capture_insert');
    await insertRow(pool(), 'reviews', cabinetId, { text: 'Никем не замечен' });
    await service.untilQuiet();
    const chunks = await chunkCount();
    const { complaints } = await examineNow();
    assert.deepEqual(complaints, [
      'failed triggers: trigger rag_capture_insert on wb_reviews is disabled',
      `failed coverage: cabinet ${cabinetId}: 1 row without a chunk`,
    ]);
    const repaired = await examineNow({ repair: true });
    assert.match(repaired.of('triggers')[0]!.detail, /repaired: put back; .* a rebuild of 1 cabinet was/);
    await service.untilQuiet();
    assert.equal(await chunkCount(), chunks + 1);
    await insertRow(pool(), 'reviews', cabinetId, { text: 'Замечен' });
    await service.untilQuiet();
    assert.equal(await chunkCount(), chunks + 2);
  });

  it('that fires for replication only is found and enabled', async () => {
    await pool().query('alter table wb_orders enable replica trigger rag_capture_truncate');
    await assertFoundAndMended('triggers', [
      'trigger rag_capture_truncate on wb_orders is enabled for replication only',
    ]);
  });

  it('that always fires is right', async () => {
    await pool().query('alter table wb_orders enable always trigger rag_capture_insert');
    assert.deepEqual((await examineNow()).complaints, []);
    await pool().query('alter table wb_orders enable trigger rag_capture_insert');
  });

  it('that is missing is created as the migrations did', async () => {
    await pool().query('drop trigger rag_capture_update on wb_cabinets');
    await assertFoundAndMended('triggers', ['trigger rag_capture_update on wb_cabinets is missing']);
  });

  it('that calls another function is created anew', async () => {
    await pool()
      .query(`drop trigger rag_capture_update on wb_sales; create trigger rag_capture_update after update on wb_sales
      referencing old table as before new table as after for each statement execute function rag_capture_orders_update()`);
    await assertFoundAndMended('triggers', [
      'trigger rag_capture_update on wb_sales calls rag_capture_orders_update instead of rag_capture_sales_update',
    ]);
  });

  it('whose function is missing or says something else gets it back', async () => {
    await pool().query(
      'drop function rag_capture_stocks_update() cascade; drop function rag_ring_doorbell()',
    );
    await assertFoundAndMended('triggers', [
      'function rag_ring_doorbell is missing',
      'function rag_capture_stocks_update is missing',
      'trigger rag_capture_update on wb_stocks is missing',
    ]);
    await pool().query('alter function rag_capture_rows() security invoker');
    await assertFoundAndMended('triggers', ['function rag_capture_rows is not as the migrations made it']);
  });
});

describe('a trigger that keeps updated_at', () => {
  it('is created when it is missing, and no cabinet is compared for it', async () => {
    await pool().query('drop trigger wb_stocks_touch_updated_at on wb_stocks');
    const { rows } = await pool().query<{ n: number }>('select count(*)::int as n from rag_rebuilds');
    await assertFoundAndMended('triggers', ['trigger wb_stocks_touch_updated_at on wb_stocks is missing']);
    const after = await pool().query<{ n: number }>('select count(*)::int as n from rag_rebuilds');
    assert.equal(after.rows[0]!.n, rows[0]!.n);
  });
});

describe('a role for which triggers are off by default', () => {
  it('is worth a warning', async (t) => {
    const { rows } = await pool().query<{ superuser: boolean; database: string }>(
      `select rolsuper as superuser, current_database() as database from pg_roles where rolname = current_user`,
    );
    const { superuser, database: name } = rows[0]!;
    if (!superuser) {
      t.skip('only a superuser may set session_replication_role');
      return;
    }
    await pool().query(`alter role current_user in database ${name} set session_replication_role = replica`);
    const complaints = (await examineNow()).complaints;
    await pool().query(`alter role current_user in database ${name} reset session_replication_role`);
    assert.match(
      complaints[0] ?? '',
      /^warning triggers: session_replication_role is replica by default \(role /,
    );
  });
});

describe('a queue', () => {
  it('with other options, or that is missing, is put right', async () => {
    await pool().query(
      `update pgboss.queue set retry_limit = 2, dead_letter = null where name = 'rag-index';
       delete from pgboss.queue where name = 'wb-sync-all'`,
    );
    await assertFoundAndMended('queues', [
      'the queue rag-index has retryLimit 2 instead of 1000',
      'the queue rag-index has deadLetter null instead of rag-index-dead',
      'the queue wb-sync-all is missing',
    ]);
  });

  it('with another policy is found; a repair does not delete its jobs', async () => {
    await pool().query(`update pgboss.queue set policy = 'standard' where name = 'wb-sync'`);
    const finding = (await examineNow({ repair: true })).only();
    await pool().query(`update pgboss.queue set policy = 'stately' where name = 'wb-sync'`);
    assert.equal(finding.status, 'failed');
    assert.equal(finding.detail, 'the queue wb-sync has policy standard instead of stately');
    assert.match(finding.remedy ?? '', /let the queue run empty, delete it/);
  });
});

describe('a schedule', () => {
  it('of an older version, one that is missing and one that differs are put right', async () => {
    await service.app.jobs.boss.schedule('rag-index', '0 */6 * * *', {}, { tz: 'UTC', key: 'old' });
    await assertFoundAndMended('schedules', [
      'a schedule that is not ours sends to rag-index at "0 */6 * * *" (key old)',
    ]);
    await pool().query('delete from pgboss.schedule');
    await assertFoundAndMended('schedules', [
      'the schedule of index-full-rebuild-rag ("0 3 * * 0" UTC) is missing',
    ]);
    await pool().query(`update pgboss.schedule set timezone = 'Europe/Moscow'`);
    await assertFoundAndMended('schedules', [
      'the schedule of index-full-rebuild-rag is "0 3 * * 0" Europe/Moscow, missed ticks: once; it should be "0 3 * * 0" UTC, missed ticks: once',
    ]);
  });
});

describe('the coverage of a cabinet', () => {
  const orphan = (id: number) =>
    pool().query(
      `insert into rag_metadata (cabinet_id, source_table, source_id, chunk_type, chunk_text, chunk_hash)
       values ($1, 'wb_orders', 4711, 'order', 'x', 'y')`,
      [id],
    );
  const total = (n: number, says: number) =>
    `cabinet ${cabinetId}: total_chunks says ${says}, there are ${n} chunks`;

  it('lacks a chunk that somebody deleted', async () => {
    const chunks = await chunkCount();
    await pool().query(
      `delete from rag_metadata where id = (select min(id) from rag_metadata where source_table = 'wb_reviews')`,
    );
    await assertFoundAndMended('coverage', [
      `cabinet ${cabinetId}: 1 row without a chunk`,
      total(chunks - 1, chunks),
    ]);
    assert.equal(await chunkCount(), chunks);
  });

  it('has chunks that are out of date, or without a vector of the model', async () => {
    await pool().query(
      `update rag_metadata set chunk_hash = 'old', chunk_text = 'old' where id = (select min(id) from rag_metadata);
       update rag_embeddings set model = 'another' where metadata_id = (select max(id) from rag_metadata)`,
    );
    await assertFoundAndMended('coverage', [
      `cabinet ${cabinetId}: 1 chunk with a text that is out of date, 1 chunk without a vector of local-lexical-1`,
    ]);
  });

  it('has a chunk without a row', async () => {
    const chunks = await chunkCount();
    await orphan(cabinetId);
    await assertFoundAndMended('coverage', [
      `cabinet ${cabinetId}: 1 chunk without a row`,
      total(chunks + 1, chunks),
    ]);
    assert.equal(await chunkCount(), chunks);
  });

  it('is counted wrongly', async () => {
    const chunks = await chunkCount();
    await pool().query('update rag_index_status set total_chunks = 77');
    await assertFoundAndMended('coverage', [total(chunks, 77)]);
  });

  it('goes on for a cabinet that does not exist', async () => {
    const chunks = await chunkCount();
    await orphan(9999);
    await assertFoundAndMended('coverage', ['1 chunk of cabinet 9999, which does not exist']);
    assert.equal(await chunkCount(), chunks);
  });

  it('goes on for a cabinet that is switched off', async () => {
    await pool().query('alter table wb_cabinets disable trigger rag_capture_update');
    await pool().query('update wb_cabinets set is_active = false');
    await pool().query('alter table wb_cabinets enable trigger rag_capture_update');
    const chunks = await chunkCount();
    await assertFoundAndMended('coverage', [
      `cabinet ${cabinetId} (switched off): ${chunks} chunks, though a cabinet that is off has none`,
    ]);
    await pool().query('update wb_cabinets set is_active = true');
    await service.untilQuiet();
    assert.equal(await chunkCount(), chunks);
  });

  it('is looked at for one cabinet alone when asked to', async () => {
    await orphan(9999);
    assert.deepEqual((await examineNow({ cabinetId })).complaints, []);
    assert.equal((await examineNow({ cabinetId: 9999, repair: true })).only().status, 'repaired');
    await service.untilQuiet();
    assert.equal((await examineNow({ cabinetId: 9999 })).only().detail, 'There is no cabinet 9999.');
  });
});
