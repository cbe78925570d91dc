import { KEY_CHECK_MS } from '../cabinets/keys/watch-keys.ts';
import { CONFIG_VARIABLES, type Config } from '../config.ts';
import { allowedHostsOf, type IsAllowedHost } from './middleware/allowed-hosts.ts';

export interface HttpLimits {
  /** API_RATE_LIMIT_PER_MINUTE: requests of one key. 0: no limit. */
  requestsPerMinute: number;
  /** Of one address. Somebody who mistypes needs a handful. */
  wrongKeysPerMinute: number;
  /** API_REQUEST_TIMEOUT_MS */
  requestTimeoutMs: number;
  /** API_KEY_CONCURRENCY: requests of one cabinet's key that are worked on at once. */
  requestsAtOnce: number;
  /** API_KEY_QUEUE: that wait for their turn. */
  requestsWaiting: number;
  /** Event streams of one cabinet's key. */
  streamsAtOnce: number;
  /** What was opened with a key that is revoked ends so many milliseconds later. */
  keyCheckMs: number;
  /** HTTP_ALLOWED_HOSTS, and where the program listens. */
  isAllowedHost: IsAllowedHost;
  /** API_CORS_ORIGINS: sites whose scripts may use the API; `*` for all. */
  corsOrigins: readonly string[];
}

/** Where there are variables, as those. */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  requestsPerMinute: CONFIG_VARIABLES.API_RATE_LIMIT_PER_MINUTE.schema.parse(undefined),
  wrongKeysPerMinute: 60,
  requestTimeoutMs: CONFIG_VARIABLES.API_REQUEST_TIMEOUT_MS.schema.parse(undefined),
  requestsAtOnce: CONFIG_VARIABLES.API_KEY_CONCURRENCY.schema.parse(undefined),
  requestsWaiting: CONFIG_VARIABLES.API_KEY_QUEUE.schema.parse(undefined),
  streamsAtOnce: 20,
  keyCheckMs: KEY_CHECK_MS,
  isAllowedHost: () => true,
  corsOrigins: [],
};

/** As the configuration asks for them; the others are as in `DEFAULT_HTTP_LIMITS`. */
export function httpLimitsOf(config: Config): Partial<HttpLimits> {
  return {
    requestsPerMinute: config.API_RATE_LIMIT_PER_MINUTE,
    requestTimeoutMs: config.API_REQUEST_TIMEOUT_MS,
    requestsAtOnce: config.API_KEY_CONCURRENCY,
    requestsWaiting: config.API_KEY_QUEUE,
    isAllowedHost: allowedHostsOf(config),
    corsOrigins: config.API_CORS_ORIGINS ?? [],
  };
}
