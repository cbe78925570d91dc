import { readTokenKeys } from '../src/cabinets/tokens/token-keys.ts';
import { createTokenVault } from '../src/cabinets/tokens/token-vault.ts';
import type { Config } from '../src/config.ts';
import { loadConfig } from '../src/load-config.ts';
import { createDatabase, type Database } from '../src/database/pool.ts';
import type { Embedders } from '../src/embedding/embedders.ts';
import { createEvents } from '../src/events.ts';
import { createIndexer } from '../src/indexing/indexer.ts';
import { createReconciler } from '../src/indexing/reconciler.ts';
import { textsVersionOf } from '../src/indexing/sources/texts-version.ts';
import { createTokenBudget } from '../src/indexing/token-budget.ts';
import { silentLog } from '../src/log.ts';
import { createConfiguredSynchroniser } from '../src/wildberries/configured.ts';
import { makeToken, uuidOf } from '../src/wildberries/make-token.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { SCOPE_BITS, type Scope } from '../src/wildberries/token.ts';
import { addHandmadeProducts } from './handmade-products.ts';

/** "Now" of every question: a Thursday, so that days, weeks and months of before are all whole in the 90 days of orders. */
export const FROZEN_AT = new Date('2036-11-20T14:00:00+03:00');
export const TIME_ZONE = 'Europe/Moscow';

export interface EvaluatedShop {
  main: Database;
  cabinetId: number;
  close(): Promise<void>;
}

/**
 * One seller of the simulator, synchronised by the real sync at the frozen time: the same rows with the same ids whenever
 * and wherever it runs. Warehouses have their names, because sellers ask for them.
 */
export async function synchroniseShop(connectionString: string): Promise<EvaluatedShop> {
  const log = silentLog();
  const simulator = createSimulator({
    ...{ port: 0, log, limits: 'off', frozenAt: FROZEN_AT, warehouses: 'named' },
  });
  await simulator.start();
  const main = createDatabase({
    ...{ variable: 'DATABASE_URL', connectionString, maxConnections: 4, applicationName: 'evaluation', log },
  });
  try {
    const { rows } = await main.pool.query<{ id: number }>(
      `insert into wb_cabinets (name, api_key) values ('Evaluation', $1) returning id::float8 as id`,
      [tokenOfSeller()],
    );
    const cabinetId = rows[0]!.id;
    const synchroniser = createConfiguredSynchroniser(loadConfig({ WB_SIMULATOR_LIMIT_SCALE: '0' }), {
      ...{ location: { kind: 'simulator' as const, url: simulator.url }, main, events: createEvents(), log },
      vault: createTokenVault(() => readTokenKeys({}, undefined)),
    });
    const { signal } = new AbortController();
    const { status } = await synchroniser.run(cabinetId, { trigger: 'command', owner: 'evaluation', signal });
    if (status !== 'completed') throw new Error(`The sync of the shop ended as ${status}`);
    return { main, cabinetId, close: () => main.close() };
  } catch (error) {
    await main.close();
    throw error;
  } finally {
    await simulator.stop(1_000);
  }
}

/**
 * The same shop with five products added by hand, of which the questions to the chat speak: a shop of its own, so that the
 * figures of the other questions stay what they are.
 */
export async function synchroniseAnswersShop(connectionString: string): Promise<EvaluatedShop> {
  const shop = await synchroniseShop(connectionString);
  await addHandmadeProducts(shop.main.pool, shop.cabinetId, FROZEN_AT);
  return shop;
}

/**
 * Indexes every row by the real indexer, page by page in the order of ids: without the listener, whose batches depend on
 * the clock, chunks get the same ids each time, and so equally good hits come in the same order.
 */
export async function indexShop(
  { main, cabinetId }: EvaluatedShop,
  embedders: Embedders,
  config: Config = loadConfig({}),
): Promise<number> {
  const deps = { main, vector: main, embedders, events: createEvents(), log: silentLog() };
  const reconciler = createReconciler(
    { ...deps, budget: createTokenBudget(main, undefined) },
    { windowDays: config.RAG_WINDOW_DAYS, batchSize: config.RAG_EMBEDDING_BATCH_SIZE, concurrency: 1 },
  );
  const textsVersion = textsVersionOf(config.RAG_WINDOW_DAYS);
  const { signal } = new AbortController();
  await createIndexer({ ...deps, reconciler }, { textsVersion }).run({
    ...{ cabinetId, jobId: 'evaluation', changedIds: undefined, signal },
  });
  const { rows } = await main.pool.query<{ n: number }>(
    `select count(*)::int as n from rag_metadata where cabinet_id = $1::bigint`,
    [cabinetId],
  );
  return rows[0]!.n;
}

function tokenOfSeller(): string {
  return makeToken({
    ...{ sellerId: uuidOf('evaluated seller'), type: 'personal', scopes: Object.keys(SCOPE_BITS) as Scope[] },
    expiresAt: new Date('2099-01-01T00:00:00Z'),
  });
}
