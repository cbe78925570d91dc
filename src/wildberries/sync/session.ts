import type { WbClient } from '../client/client.ts';
import type { WbToken } from '../token.ts';

/** What the requests of one run are made with. */
export interface Session {
  token: WbToken;
  client: WbClient;
  signal: AbortSignal;
  /** Somebody asked: pauses after faults are not waited for. */
  hurries: boolean;
}
