import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RAG_INDEX_QUEUE } from '../../src/jobs/queues.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import type { ServiceProcess } from '../helpers/service-process.ts';
import { until } from '../helpers/until.ts';
import { createRolesHarness, NEEDS_SERVER } from './roles-harness.ts';

const CLOCK = fileURLToPath(new URL('./suite/jumping-clock.ts', import.meta.url));
const HOURS = 3_600_000;
const CONCURRENCY = 2;
const ENV = { NODE_OPTIONS: `--import=${CLOCK}`, FAULTS_CLOCK_OFFSETS: `${-2 * HOURS},${5 * HOURS},0` };

describe('a process whose wall clock is set', { skip: NEEDS_SERVER }, () => {
  it('back by hours in the middle of a look at the queue goes on looking', async () => {
    await using harness = await createRolesHarness();
    const { pool } = harness;
    const worker = await harness.start('worker', { ...ENV, RAG_WORKER_CONCURRENCY: String(CONCURRENCY) });
    const cabinet = await insertCabinet(pool);
    await insertRow(pool, 'orders', cabinet);

    const blocker = await pool.connect();
    await blocker.query('begin; lock table pgboss.job in access exclusive mode');
    await until('every loop of the worker is held in its look', async () => {
      const waiting = await pool.query(
        `select from pg_stat_activity where datname = current_database() and application_name = 'wb-assist jobs'
           and wait_event_type = 'Lock' and query like '%UPDATE pgboss.%'`,
      );
      return waiting.rowCount! >= CONCURRENCY;
    });
    await jump(worker, 1);
    await blocker.query('commit');
    blocker.release();

    // Put off, so that no bell rings for it.
    await pool.query(
      `insert into pgboss.job (name, data, singleton_key, start_after, policy)
       select name, $2, $3, now() + interval '1 second', policy from pgboss.queue where name = $1`,
      [RAG_INDEX_QUEUE, JSON.stringify({ cabinet_id: cabinet, mode: 'incremental' }), String(cabinet)],
    );
    await until(
      'the row is searchable',
      async () => (await pool.query('select from rag_metadata')).rowCount === 1,
      15_000,
    );
  });

  it('back and forth follows every change', async () => {
    await using harness = await createRolesHarness();
    const { pool } = harness;
    const services = [await harness.start('listener', ENV), await harness.start('worker', ENV)];
    const cabinet = await insertCabinet(pool);
    for (let jumps = 1; jumps <= 3; jumps += 1) {
      for (const service of services) await jump(service, jumps);
      await insertRow(pool, 'orders', cabinet);
      await harness.assertCaughtUp(15_000);
      // Connections that are new since the jump are watched by the same clocks.
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'wb-assist%'`,
      );
      await insertRow(pool, 'orders', cabinet);
      await harness.assertCaughtUp(15_000);
    }
    assert.equal((await pool.query('select from rag_metadata')).rowCount, 6);
  });

  async function jump(service: ServiceProcess, count: number): Promise<void> {
    service.send('SIGUSR2');
    await until(
      'its clock is set',
      () => service.output().split('The wall clock is set off by').length - 1 >= count,
    );
  }
});
