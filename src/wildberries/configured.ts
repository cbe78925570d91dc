import type { TokenVault } from '../cabinets/tokens/token-vault.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/pool.ts';
import type { Events } from '../events.ts';
import type { Log } from '../log.ts';
import { createCabinetTokenReader } from './cabinet-token.ts';
import { createWbClient, type WbClientOptions } from './client/create-client.ts';
import type { WbApiLocation } from './endpoints.ts';
import { createSynchroniser, type Synchroniser } from './sync/synchroniser.ts';

/** How the Wildberries API is called, where that is for tests to say. */
export type WbClientTuning = Partial<Pick<WbClientOptions, 'maxWaitMs' | 'statisticsPageRows' | 'timeoutMs'>>;

/** Waits of this length are waited for with the worker in hand: long enough for the next page of a stock report. */
const WB_MAX_WAIT_MS = 30_000;

export function createConfiguredSynchroniser(
  config: Config,
  deps: { location: WbApiLocation; main: Database; vault: TokenVault; events: Events; log: Log },
  tuning: WbClientTuning = {},
): Synchroniser {
  const { location, main, vault, events, log } = deps;
  const limitScale = location.kind === 'simulator' ? config.WB_SIMULATOR_LIMIT_SCALE : 1;
  return createSynchroniser({
    main,
    vault,
    events,
    log,
    tokenOf: createCabinetTokenReader(location.kind),
    origin: location.kind,
    createClient: (token) =>
      createWbClient({
        token,
        location,
        database: main,
        log,
        maxWaitMs: WB_MAX_WAIT_MS,
        limitScale,
        onRequest: (report) => void events.emit('wbRequestEnded', report),
        ...tuning,
      }),
  });
}
