import type { TestContext } from 'node:test';
import { createConfiguredSynchroniser, type WbClientTuning } from '../../src/wildberries/configured.ts';
import { loadConfig } from '../../src/load-config.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createEvents } from '../../src/events.ts';
import { createLog, silentLog } from '../../src/log.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import type { Shop } from '../../src/simulator/shop/shop.ts';
import { makeToken, uuidOf, type TokenOptions } from '../../src/wildberries/make-token.ts';
import { readSyncState, type SyncState } from '../../src/wildberries/sync/request-sync.ts';
import type { SyncOutcome, SyncRequest } from '../../src/wildberries/sync/synchroniser.ts';
import { SCOPE_BITS, type Scope } from '../../src/wildberries/token.ts';
import type { TestDatabase } from './test-database.ts';
import { testVault } from './token-vault.ts';

/** The same shops whenever the tests run, and all of what they have inside the 90 days that are asked for first. */
export const FROZEN_AT = new Date('2036-11-20T14:00:00+03:00');

export interface TestSync {
  simulator: Simulator;
  main: Database;
  /** A cabinet with a token of a seller of its own. */
  addCabinet: (token?: Partial<TokenOptions>) => Promise<{ id: number; shop: Shop; sellerId: string }>;
  /** One call of the synchroniser, as a worker makes it. */
  sync: (cabinetId: number, request?: Partial<SyncRequest>) => Promise<SyncOutcome>;
  /** Calls it again at once, until nothing waits. */
  syncToTheEnd: (cabinetId: number) => Promise<SyncOutcome>;
  state: (cabinetId: number) => Promise<SyncState>;
  /** What was logged, newest last. */
  readonly lines: Record<string, unknown>[];
}

let sellers = 0;

/** A simulator and the sync against it, for the length of a test or suite. Without limits unless told. */
export async function startTestSync(
  t: Pick<TestContext, 'after'>,
  database: TestDatabase,
  simulatorOptions: Partial<SimulatorOptions> = {},
  tuning: WbClientTuning = {},
): Promise<TestSync> {
  const simulator = createSimulator({
    port: 0,
    log: silentLog(),
    limits: 'off',
    frozenAt: FROZEN_AT,
    ...simulatorOptions,
  });
  await simulator.start();
  const main = createDatabase({
    variable: 'DATABASE_URL',
    connectionString: database.connectionString,
    maxConnections: 5,
    applicationName: 'sync test',
    log: silentLog(),
  });
  t.after(async () => {
    await simulator.stop(1_000);
    await main.close();
  });
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    level: 'debug',
    format: 'json',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  // Without limits in the simulator none need be kept to; what it says itself in a 429 always counts.
  const config = loadConfig({ WB_SIMULATOR_LIMIT_SCALE: String(simulatorOptions.limitScale ?? 0) });
  const synchroniser = createConfiguredSynchroniser(
    config,
    {
      ...{ location: { kind: 'simulator', url: simulator.url }, main, events: createEvents(), log },
      vault: testVault(),
    },
    tuning,
  );

  async function sync(cabinetId: number, request: Partial<SyncRequest> = {}): Promise<SyncOutcome> {
    const { signal } = new AbortController();
    return synchroniser.run(cabinetId, { trigger: 'request', owner: 'the test', signal, ...request });
  }

  return {
    simulator,
    main,
    lines,
    sync,
    async addCabinet(token = {}) {
      const sellerId = token.sellerId ?? uuidOf(`seller ${++sellers}`);
      const apiKey = makeToken({
        sellerId,
        type: 'personal',
        scopes: Object.keys(SCOPE_BITS) as Scope[],
        expiresAt: new Date('2099-01-01T00:00:00Z'),
        ...token,
      });
      const { rows } = await database.pool.query<{ id: number }>(
        `insert into wb_cabinets (name, api_key) values ('Кабинет', $1) returning id::float8 as id`,
        [apiKey],
      );
      return { id: rows[0]!.id, shop: simulator.shopOf(sellerId), sellerId };
    },
    async syncToTheEnd(cabinetId) {
      for (let continueOnly = false; ; continueOnly = true) {
        const outcome = await sync(cabinetId, { continueOnly });
        if (outcome.status !== 'waiting') return outcome;
        // No test has the time to wait for what a seller waits for.
        await database.pool.query(
          `update wb_sync_logs set next_attempt_at = null where cabinet_id = $1 and status = 'waiting'`,
          [cabinetId],
        );
      }
    },
    state: (cabinetId) => readSyncState(main, cabinetId),
  };
}
