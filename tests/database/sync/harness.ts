import assert from 'node:assert/strict';
import { after, before, type TestContext } from 'node:test';
import type pg from 'pg';
import type { WbClientTuning } from '../../../src/wildberries/configured.ts';
import type { SimulatorOptions } from '../../../src/simulator/simulator.ts';
import type { PartName } from '../../../src/wildberries/sync/parts.ts';
import type { PartLog } from '../../../src/wildberries/sync/sync-run.ts';
import { createTestDatabase, type TestDatabase } from '../../helpers/test-database.ts';
import { startTestSync, type TestSync } from '../../helpers/test-sync.ts';

type Row = Record<string, unknown>;

export interface SmallSync extends TestSync {
  pool: pg.Pool;
  connectionString: string;
  /** Rows of a statement; `$1` is the cabinet when no parameters are given. */
  rows: (sql: string, parameters: readonly unknown[]) => Promise<Row[]>;
  part: (cabinetId: number, name: PartName) => Promise<PartLog>;
  /** How each part stands, by name. */
  statuses: (cabinetId: number) => Promise<Record<string, string>>;
  /** Requests of an endpoint that came since the last `simulator.forget()`. */
  countRequests: (endpoint: string) => number;
  /** What waits may go on now. */
  wake: (cabinetId: number) => Promise<void>;
  /** As if the last full listing of the cards had been two days ago. */
  makeListingDue: (cabinetId: number) => Promise<void>;
}

/** A database for a file of tests; the function that it returns starts a simulator with small shops, and the sync. */
export function useSync(): (
  t: Pick<TestContext, 'after'>,
  simulator?: Partial<SimulatorOptions>,
  tuning?: WbClientTuning,
) => Promise<SmallSync> {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());

  return async (t, simulator = {}, tuning = {}) => {
    const shop = { products: 6, ordersPerDay: 1, reviewsPerDay: 0.5 };
    const started = await startTestSync(t, database, { shop, ...simulator }, { maxWaitMs: 0, ...tuning });
    const { pool } = database;
    const parts = async (cabinetId: number): Promise<PartLog[]> => (await started.state(cabinetId)).parts;
    return {
      ...started,
      pool,
      connectionString: database.connectionString,
      rows: async (sql, parameters) => (await pool.query<Row>(sql, [...parameters])).rows,
      async part(cabinetId, name) {
        const found = (await parts(cabinetId)).find(({ part }) => part === name);
        assert.ok(found, `there is no ${name}`);
        return found;
      },
      statuses: async (cabinetId) =>
        Object.fromEntries((await parts(cabinetId)).map(({ part, status }) => [part, status])),
      countRequests: (endpoint) =>
        started.simulator.requests.filter((request) => request.endpoint === endpoint).length,
      async wake(cabinetId) {
        await pool.query(
          `update wb_sync_logs set next_attempt_at = null where cabinet_id = $1 and status = 'waiting'`,
          [cabinetId],
        );
      },
      async makeListingDue(cabinetId) {
        await pool.query(
          `update wb_sync_cursors set cursor = jsonb_build_object('at', now() - interval '2 days')
           where cabinet_id = $1 and name = 'cards-listed'`,
          [cabinetId],
        );
      },
    };
  };
}

export const ALL_PARTS: readonly PartName[] = [
  'products',
  'prices',
  'ratings',
  'sales',
  'orders',
  'stocks',
  'reviews',
];

/** Every part with one status, but for those given. */
export function allParts(status: string, but: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...Object.fromEntries(ALL_PARTS.map((name) => [name, status])), ...but };
}
