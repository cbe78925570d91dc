import { wbApiOf, type Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { WbApiLocation } from '../wildberries/endpoints.ts';
import { createSimulator, type Simulator } from './simulator.ts';

/**
 * Where the Wildberries API is that the configuration asks for. `simulator`: the caller has to start it before it asks
 * for the location.
 */
export function locateWbApi(
  config: Config,
  log: Log,
): { location: () => WbApiLocation; simulator: Simulator | undefined } {
  if (wbApiOf(config) === 'live') return { location: () => ({ kind: 'live' }), simulator: undefined };
  const url = config.WB_SIMULATOR_URL;
  if (url !== undefined)
    return { location: () => ({ kind: 'simulator', url: url.replace(/\/+$/, '') }), simulator: undefined };
  const simulator = createSimulator({ port: 0, log });
  return { location: () => ({ kind: 'simulator', url: simulator.url }), simulator };
}
