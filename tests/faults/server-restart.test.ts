import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { migrate } from '../../src/database/migrations.ts';
import { silentLog } from '../../src/log.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { until } from '../helpers/until.ts';
import { createRolesHarness, type RolesHarness } from './roles-harness.ts';
import { findPostgresBinaries } from './suite/binaries.ts';
import { createCluster, type Cluster } from './suite/cluster.ts';

/** The issue's own limit, counted from when the server accepts connections. */
const SERVED_WITHIN_MS = 10_000;

const bin = findPostgresBinaries();

describe(
  'a Postgres that is restarted',
  { skip: bin === undefined && 'no Postgres binaries with pgvector' },
  () => {
    let cluster: Cluster;
    let harness: RolesHarness;

    before(async () => {
      cluster = await createCluster(bin!, 'restart');
      const connectionString = cluster.url('program');
      for (const set of ['main', 'vector'] as const)
        await migrate({ set, connectionString, direction: 'up', log: silentLog() });
      harness = await createRolesHarness(connectionString);
      await harness.start('listener');
      await harness.start('worker');
    });
    after(async () => {
      await harness[Symbol.asyncDispose]();
      await cluster.drop();
    });

    async function untilChunks(count: number): Promise<number> {
      const started = performance.now();
      await until(
        `there are ${count} chunks`,
        async () => (await harness.pool.query('select from rag_metadata')).rowCount === count,
        60_000,
      );
      return performance.now() - started;
    }

    for (const mode of ['fast', 'immediate'] as const) {
      it(`(${mode}) is served again within 10 s, the cabinet that was being indexed included`, async (t) => {
        const { pool, openai } = harness;
        await harness.assertCaughtUp();
        const before = (await pool.query('select from rag_metadata')).rowCount!;
        const idle = await insertCabinet(pool, 'Кабинет без дела');
        const busy = await insertCabinet(pool, 'Кабинет за работой');
        const held = openai.hold();
        await insertRow(pool, 'orders', busy, { brand: `Первая ${mode}` });
        await held.arrived;
        await cluster.stop(mode);
        // The answer comes while the server is away: neither can it be saved nor the job be settled.
        held.release();
        await until('the answer was given', () =>
          openai.embeddedTexts.some((text) => text.includes(`Первая ${mode}`)),
        );
        await cluster.start();
        const accepting = performance.now();
        await insertRow(pool, 'orders', idle, { brand: `Вторая ${mode}` });
        await insertRow(pool, 'orders', busy, { brand: `Третья ${mode}` });
        await untilChunks(before + 3);
        const tookMs = performance.now() - accepting;
        t.diagnostic(`served again after ${(tookMs / 1000).toFixed(1)} s`);
        await harness.assertCaughtUp();
        assert.ok(tookMs < SERVED_WITHIN_MS, `it took ${tookMs} ms`);
      });
    }
  },
);
