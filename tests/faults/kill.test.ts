import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { readOutboxLag } from '../../src/changes/queries.ts';
import { countUnfinishedJobs } from '../../src/jobs/queries.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { createFakeOpenAI, type FakeOpenAI } from '../helpers/fake-openai.ts';
import { assertIndexFollowsData, assertStatusIsTrue } from '../helpers/oracle.ts';
import { startServiceProcess, type ServiceProcess, type ServiceReady } from '../helpers/service-process.ts';
import { createProcessDatabase, nativeServerUrl } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

// Replay a failure's choices with the seed that it prints: KILL_SEED=…; KILL_ROUNDS makes it longer.
const seed = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const rounds = Number(process.env['KILL_ROUNDS'] ?? 5);
const WINDOW_DAYS = 90;
/** pg-boss finds a job whose worker is dead after its heartbeat of 10 s and a round of its supervisor. */
const CATCH_UP_MS = 60_000;

describe('kill -9', () => {
  let openai: FakeOpenAI;
  let env: Record<string, string>;
  let release: () => Promise<void>;

  before(async () => {
    // Slow enough for kills to come while vectors are under way.
    openai = await createFakeOpenAI({ latencyMs: 30 });
    const common = { OPENAI_API_KEY: 'key', OPENAI_BASE_URL: openai.url, RAG_EMBEDDING_BATCH_SIZE: '20' };
    const database = await createProcessDatabase();
    env = { ...common, ...database.env };
    release = database.release;
  });
  after(async () => {
    await openai.stop();
    await release();
  });

  it('of the whole program, again and again while rows are written, loses no commit and leaves nothing to mend', async (t) => {
    t.diagnostic(`KILL_SEED=${seed} KILL_ROUNDS=${rounds}`);
    const random = createRandom(seed);
    const writer = createWriter(random);
    let service: ServiceProcess | undefined;
    try {
      let ready: ServiceReady | undefined;
      for (let round = 0; round <= rounds; round += 1) {
        service = await startServiceProcess({ env });
        if (round % 4 === 2 && round < rounds) {
          // In the middle of its start: migrations, queues, recovery of what the last kill left.
          await service.firstLine;
          await delay(random(300));
          assert.equal((await service.end('SIGKILL')).signal, 'SIGKILL');
          continue;
        }
        ready = await service.ready;
        writer.connectTo(ready.databaseUrl);
        await writer.untilAcknowledged(1 + random(150));
        if (round === rounds) break;
        assert.equal((await service.end('SIGKILL')).signal, 'SIGKILL', service.output());
      }
      await writer.stop();
      assert.ok(ready !== undefined);
      await assertCaughtUp(ready, writer);
      t.diagnostic(
        `${writer.acknowledged()} commits acknowledged, ${openai.requests.length} requests for vectors`,
      );
      assert.deepEqual(await service?.end('SIGTERM'), { code: 0, signal: null }, service?.output());
    } catch (error) {
      throw new Error(`With KILL_SEED=${seed}. The last process wrote:\n${lastLines(service)}`, {
        cause: error,
      });
    } finally {
      await writer.stop();
      await service?.end('SIGKILL');
    }
  });

  async function assertCaughtUp({ databaseUrl, model }: ServiceReady, writer: Writer): Promise<void> {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
    pool.on('error', () => undefined);
    try {
      await until(
        'the outbox and the queue are empty',
        async () =>
          (await readOutboxLag(pool)).changes === 0 &&
          (await countUnfinishedJobs(pool, RAG_INDEX_QUEUE)) === 0,
        CATCH_UP_MS,
      );
      await writer.assertAllCommitsAreThere(pool);
      const embed = (texts: readonly string[]) => texts.map((text) => openai.vectorOf(text));
      await assertStatusIsTrue(pool, pool);
      await assertIndexFollowsData(pool, pool, { windowDays: WINDOW_DAYS, model, embed });
      assert.equal(await countUnfinishedJobs(pool, RAG_INDEX_DEAD_QUEUE), 0, 'no job was given up');
    } finally {
      await pool.end();
    }
  }
});

type Random = (below: number) => number;

/** Mulberry32: whole numbers from 0 to below, the same for the same seed. */
function createRandom(start: number): Random {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Writer {
  /** Where to write from now on; starts it the first time. */
  connectTo(databaseUrl: string): void;
  /** Resolves when so many more commits are acknowledged. */
  untilAcknowledged(commits: number): Promise<void>;
  acknowledged(): number;
  stop(): Promise<void>;
  /** Every row is as the last acknowledged commit left it, or as one after that whose outcome nobody was told. */
  assertAllCommitsAreThere(pool: pg.Pool): Promise<void>;
}

/** What a key may hold: a value, `null` for no row. The last acknowledged one, and those that may have come after it. */
type Model = Map<string, (string | null)[]>;

interface Transaction {
  statements: [string, (string | number)[]][];
  /** What it leaves, by `<table>/<key>`. */
  outcome: [key: string, value: string | null][];
}

const CABINET = 1;
const PRODUCTS = 10;

function createWriter(random: Random): Writer {
  const model: Model = new Map();
  let databaseUrl = '';
  let acknowledged = 0;
  let stopping = false;
  let running: Promise<void> | undefined;
  let serial = 0;
  let failure: unknown;
  const isStopping = () => stopping;

  function nextTransaction(): Transaction {
    const orders = [...model.keys()]
      .filter((key) => key.startsWith('orders/'))
      .map((key) => key.slice('orders/'.length));
    const value = `Бренд ${++serial}`;
    const known = () => orders[random(orders.length)]!;
    switch (orders.length < 20 ? 0 : random(5)) {
      case 0:
      case 1: {
        const keys = Array.from({ length: 1 + random(15) }, (_, n) => `srid-${serial}-${n}`);
        return {
          statements: [
            [
              `insert into wb_orders (cabinet_id, order_id, nm_id, brand)
               select $1::bigint, key, 1 + random() * ${PRODUCTS}, $3::text from unnest($2::text[]) key`,
              [CABINET, `{${keys.join(',')}}`, value],
            ],
          ],
          outcome: keys.map((key) => [`orders/${key}`, value]),
        };
      }
      case 2: {
        const key = known();
        return {
          statements: [['update wb_orders set brand = $2 where order_id = $1', [key, value]]],
          // A row that is gone stays so; one that may be gone may be either.
          outcome: [[`orders/${key}`, value]],
        };
      }
      case 3: {
        const key = known();
        return {
          statements: [['delete from wb_orders where order_id = $1', [key]]],
          outcome: [[`orders/${key}`, null]],
        };
      }
      default: {
        const nmId = 1 + random(PRODUCTS);
        return {
          statements: [
            [
              `insert into wb_products (cabinet_id, nm_id, name) values ($1, $2, $3)
               on conflict (cabinet_id, nm_id) do update set name = excluded.name`,
              [CABINET, nmId, value],
            ],
            [
              `insert into wb_sales (cabinet_id, sale_id, nm_id) values ($1, $2, $3)`,
              [CABINET, `S${serial}`, nmId],
            ],
          ],
          outcome: [
            [`products/${nmId}`, value],
            [`sales/S${serial}`, String(nmId)],
          ],
        };
      }
    }
  }

  function remember({ outcome }: Transaction, certain: boolean): void {
    for (const [key, value] of outcome) {
      const before = model.get(key) ?? [null];
      const after =
        value !== null && value.startsWith('Бренд') && key.startsWith('orders/') && model.has(key);
      // An update finds no row where there may be none.
      const results = after ? before.map((old) => (old === null ? null : value)) : [value];
      model.set(key, [...new Set(certain ? results : [...before, ...results])]);
    }
  }

  async function run(): Promise<void> {
    while (!isStopping()) {
      const client = new pg.Client({
        connectionString: databaseUrl,
        application_name: 'writer of the kill test',
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query(
          `insert into wb_cabinets (id, name) values ($1, 'Кабинет') on conflict do nothing`,
          [CABINET],
        );
        do {
          await write(client, nextTransaction());
          await delay(2); // the pace of the writer, nothing waits for it
        } while (!isStopping());
      } catch (error) {
        // The embedded Postgres goes with the process; what a server says about SQL is a fault of this test.
        if (/^[0-9A-Z]{5}$/.test((error as { code?: string }).code ?? '') && nativeServerUrl !== undefined)
          throw error;
        await delay(20);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  async function write(client: pg.Client, transaction: Transaction): Promise<void> {
    try {
      await client.query('begin');
      for (const [statement, parameters] of transaction.statements) await client.query(statement, parameters);
      await client.query('commit');
    } catch (error) {
      remember(transaction, false);
      throw error;
    }
    remember(transaction, true);
    acknowledged += 1;
  }

  return {
    connectTo(url) {
      databaseUrl = url;
      running ??= run().catch((error: unknown) => {
        failure = error;
      });
    },
    async untilAcknowledged(commits) {
      const goal = acknowledged + commits;
      await until(`${commits} more commits are acknowledged`, () => {
        if (failure !== undefined) throw failure as Error;
        return acknowledged >= goal;
      });
    },
    acknowledged: () => acknowledged,
    async stop() {
      stopping = true;
      await running;
    },
    async assertAllCommitsAreThere(pool) {
      const { rows } = await pool.query<{ key: string; value: string }>(
        `select 'orders/' || order_id as key, brand as value from wb_orders
         union all select 'products/' || nm_id, name from wb_products
         union all select 'sales/' || sale_id, nm_id::text from wb_sales`,
      );
      const there = new Map(rows.map((row) => [row.key, row.value]));
      for (const [key, allowed] of model) {
        assert.ok(
          allowed.includes(there.get(key) ?? null),
          `${key} holds ${there.get(key) ?? 'nothing'}, acknowledged was ${allowed.map(String).join(' or ')}`,
        );
      }
      assert.deepEqual(
        [...there.keys()].filter((key) => !model.has(key)),
        [],
        'there are rows that nobody wrote',
      );
    },
  };
}

function lastLines(service: ServiceProcess | undefined): string {
  return (service?.output() ?? '').split('\n').slice(-60).join('\n');
}
