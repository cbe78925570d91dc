import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { INDEX_FULL_REBUILD_QUEUE } from '../../src/jobs/queues.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { createTestDatabase } from '../helpers/test-database.ts';
import { startTestService } from '../helpers/test-service.ts';
import { until } from '../helpers/until.ts';

describe('a tick of the weekly rebuild', () => {
  it('rebuilds every active cabinet, clears up after the others, and says so in the words of the contract', async () => {
    const database = await createTestDatabase();
    const { pool, connectionString } = database;
    const lines: string[] = [];
    const onLog = (line: Record<string, unknown>) => void lines.push(String(line['msg']));
    const start = (roles: ('listener' | 'worker')[]) =>
      startTestService({ databaseUrl: connectionString, roles, onLog });
    const chunks = async () => {
      const { rows } = await pool.query<{ cabinet: number; chunks: number }>(
        'select cabinet_id::int as cabinet, count(*)::int as chunks from rag_metadata group by 1 order by 1',
      );
      return rows;
    };
    try {
      const everything = await start(['listener', 'worker']);
      const [active, inactive, gone] = [
        await insertCabinet(pool),
        await insertCabinet(pool),
        await insertCabinet(pool),
      ] as const;
      for (const cabinet of [active, inactive, gone]) {
        await insertRow(pool, 'orders', cabinet);
        await insertRow(pool, 'orders', cabinet);
        await insertRow(pool, 'products', cabinet);
      }
      await everything.untilQuiet();
      await everything.stop();
      assert.deepEqual(await chunks(), [
        { cabinet: active, chunks: 3 },
        { cabinet: inactive, chunks: 3 },
        { cabinet: gone, chunks: 3 },
      ]);

      // Changes that nobody hears of, as after a restore with triggers off.
      await pool.query('update wb_cabinets set is_active = false where id = $1', [inactive]);
      await pool.query('delete from wb_cabinets where id = $1', [gone]);
      await insertRow(pool, 'sales', active);
      await pool.query('delete from rag_changes');
      lines.length = 0;
      const worker = await start(['worker']);
      await worker.app.jobs.boss.send(INDEX_FULL_REBUILD_QUEUE, {});
      await until('the tick was worked', async () => {
        const { rowCount } = await pool.query(
          `select from pgboss.job where name = $1 and state = 'completed'`,
          [INDEX_FULL_REBUILD_QUEUE],
        );
        return rowCount === 1;
      });
      await worker.untilQuiet();
      await worker.stop();
      assert.deepEqual(await chunks(), [{ cabinet: active, chunks: 4 }]);

      const expected = [
        'Starting weekly full rebuild for all cabinets',
        'Starting full_rebuild RAG indexing for all active cabinets',
        'Found 1 active cabinets for full_rebuild RAG indexing',
        `Full_rebuild indexing started for cabinet ${active}`,
        `Starting full_rebuild indexing for cabinet ${active}`,
        `Extracted data for cabinet ${active}: orders=2, products=1, stocks=0, reviews=0, sales=1`,
        `Full_rebuild indexing completed for cabinet ${active}: 4 chunks indexed`,
      ];
      assert.deepEqual(
        lines.filter((line) => expected.includes(line)),
        expected,
      );
    } finally {
      await database.drop();
    }
  });
});
