import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { faultsOf, LEDGER } from '../database/embedded/leaving-client.ts';
import { startServiceProcess } from '../helpers/service-process.ts';
import { copyMigratedDataDirectory } from '../helpers/data-directories.ts';
import { nativeServerUrl } from '../helpers/test-database.ts';

const CLIENTS = fileURLToPath(new URL('../database/embedded/leaving-clients-process.ts', import.meta.url));
const PROCESSES = 8;
const LANES = 10;
const LIVES_OF_A_PROCESS = 125;
const WRITERS = 4;
const MAX_WAIT_MS = 5_000;

test(
  'a thousand clients that leave at any moment and in any way lose no write of others, and hold up neither them nor the service',
  {
    timeout: 120_000,
    skip: nativeServerUrl !== undefined && 'a server of its own ends the transactions of those who leave',
  },
  async (t) => {
    const dataDir = await copyMigratedDataDirectory();
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const service = await startServiceProcess({ env: { WB_ASSIST_DATA_DIR: dataDir } });
    t.after(() => service.end('SIGKILL'));
    const { databaseUrl, apiUrls } = await service.ready;
    const { port, password } = new URL(databaseUrl);
    const pool = new pg.Pool({ connectionString: databaseUrl, max: WRITERS });
    pool.on('error', () => undefined);
    await pool.query(LEDGER);

    const stored: string[] = [];
    const waits: number[] = [];
    const unhealthy: string[] = [];
    const over = new AbortController();
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let n = 0; !over.signal.aborted; n += 1) {
        const startedAt = performance.now();
        const what = `writer-${writer}-${n}`;
        await pool.query('insert into ledger values ($1)', [what]);
        waits.push(performance.now() - startedAt);
        stored.push(what);
      }
    });
    const visitor = (async () => {
      while (!over.signal.aborted) {
        const startedAt = performance.now();
        const answer = await fetch(`${apiUrls[0]!}/health`);
        const body = await answer.text();
        if (!answer.ok) unhealthy.push(`${answer.status} ${body}`);
        waits.push(performance.now() - startedAt);
      }
    })();

    let left = 0;
    for (let batch = 0; batch < PROCESSES; batch += 2) {
      await Promise.all(
        [batch, batch + 1].map(async (name) => {
          const child = fork(CLIENTS, [port, password, `${name}`, `${LANES}`]);
          let lives = 0;
          child.on('message', (message: { stored?: string; left?: number }) => {
            if (message.stored !== undefined) stored.push(message.stored);
            lives += message.left ?? 0;
            // In the middle of whatever its ten clients are doing.
            if (lives === LIVES_OF_A_PROCESS) child.kill('SIGKILL');
          });
          await once(child, 'close');
          left += lives + LANES;
        }),
      );
    }
    over.abort();
    await Promise.all([...writers, visitor]);

    const { rows } = await pool.query<{ what: string }>('select what from ledger');
    assert.ok(left >= 1_000, `${left} clients`);
    assert.deepEqual(
      faultsOf(
        rows.map(({ what }) => what),
        stored,
      ),
      [],
    );
    assert.deepEqual(unhealthy, []);
    assert.ok(Math.max(...waits) < MAX_WAIT_MS, `somebody waited ${Math.max(...waits)} ms`);
    assert.ok(!service.output().includes('that its client had left open'), service.output());
    t.diagnostic(
      `${left} clients left, ${stored.length} acknowledged writes, longest wait ${Math.max(...waits).toFixed(0)} ms`,
    );
    await pool.end();
    await service.end('SIGTERM');
  },
);
