import { OpenAPIHono } from '@hono/zod-openapi';
import { secureHeaders } from 'hono/secure-headers';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { isLoopback } from '../loopback.ts';
import { checkOperatorKey } from '../operator-key.ts';
import { createDeclarationFinder, guardRoutes } from './access.ts';
import type { HttpApp, HttpEnv } from './context.ts';
import type { HttpDeps } from './deps.ts';
import { DEFAULT_HTTP_LIMITS } from './limits.ts';
import { createKeyLines } from './key-lines.ts';
import { accessLog } from './middleware/access-log.ts';
import { allowHosts, type IsAllowedHost } from './middleware/allowed-hosts.ts';
import { requireKey } from './middleware/auth.ts';
import { answerProblem, handleError } from './middleware/errors.ts';
import { createRateLimits } from './middleware/rate-limits.ts';
import { requestId } from './middleware/request-id.ts';
import { tellRequests } from './middleware/tell-requests.ts';
import { registerHealthRoutes } from './routes/health.ts';
import { registerMetricsRoute } from './routes/metrics.ts';

export interface MetricsAppDeps extends Pick<
  HttpDeps,
  'main' | 'vector' | 'health' | 'ragEnabled' | 'metrics' | 'events' | 'log'
> {
  /** What a request for metrics has to show; undefined: nothing. */
  apiSecretKey: string | undefined;
  isAllowedHost: IsAllowedHost;
}

/** What a process without the API answers: whether it does its work, and its metrics. */
export function createMetricsApp(deps: MetricsAppDeps): HttpApp {
  const app = guardRoutes(new OpenAPIHono<HttpEnv>({ strict: false }));
  app.use(tellRequests(() => deps.events));
  app.use(requestId());
  app.use(accessLog(deps.log));
  app.use(secureHeaders({ strictTransportSecurity: false }));
  app.use(allowHosts(deps.isAllowedHost));
  if (deps.apiSecretKey !== undefined) {
    app.use(
      requireKey({
        apiSecretKey: deps.apiSecretKey,
        // Nothing here is for the keys of cabinets.
        checkCabinetKey: () => Promise.resolve(undefined),
        declarationOf: createDeclarationFinder(app),
        limits: createRateLimits(DEFAULT_HTTP_LIMITS),
        lines: createKeyLines(DEFAULT_HTTP_LIMITS),
      }),
    );
  }
  registerHealthRoutes(app, deps);
  registerMetricsRoute(app, deps);
  app.notFound((context) =>
    answerProblem(context, new AppError('route_not_found', 'There is no such route.')),
  );
  app.onError(handleError(deps.log));
  return app;
}

/**
 * Metrics name models, sums of money and the rhythm of a business: without a key, or with one that can be guessed, they are
 * for this machine only.
 *
 * @throws AppError `config_invalid`
 */
export function checkMetricsAccess(config: Pick<Config, 'API_SECRET_KEY' | 'NODE_ENV' | 'HTTP_HOST'>): void {
  const { API_SECRET_KEY: key, HTTP_HOST: host } = config;
  checkOperatorKey(config);
  if (key !== undefined || isLoopback(host)) return;
  throw new AppError(
    'config_invalid',
    `METRICS_PORT is set, HTTP_HOST ${host} lets other machines in, and there is no API_SECRET_KEY that they would have to show. Set API_SECRET_KEY to the operator's key, or HTTP_HOST to 127.0.0.1.`,
  );
}
