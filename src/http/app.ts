import { OpenAPIHono } from '@hono/zod-openapi';
import { secureHeaders } from 'hono/secure-headers';
import { AppError } from '../errors.ts';
import type { HttpApp, HttpEnv } from './context.ts';
import type { HttpDeps } from './deps.ts';
import { accessLog } from './middleware/access-log.ts';
import { requireApiKey } from './middleware/auth.ts';
import { answerProblem, handleError } from './middleware/errors.ts';
import { requestBody } from './middleware/request-body.ts';
import { requestId } from './middleware/request-id.ts';
import { fieldErrorsOfZod, invalidRequest } from './problems.ts';
import { registerAnalyticsRoutes } from './routes/analytics.ts';
import { registerCabinetRoutes } from './routes/cabinets.ts';
import { HEALTH_PATHS, registerHealthRoutes } from './routes/health.ts';
import { registerRagFailureRoutes } from './routes/rag-failures.ts';
import { registerRagIndexRoute } from './routes/rag-index.ts';
import { registerRagMetricsRoute } from './routes/rag-metrics.ts';
import { registerRagRebuildRoute } from './routes/rag-rebuild.ts';
import { registerRagSearchRoute } from './routes/rag-search.ts';
import { registerRagStatusRoute } from './routes/rag-status.ts';
import { registerRootRoute } from './routes/root.ts';
import { registerSyncRoutes } from './routes/sync.ts';

/** How messages call the part of a request that a validator looks at. */
const PARTS: Record<string, string> = { json: 'body', param: 'path' };

/**
 * The whole HTTP API as one application; which ports it answers on is `createHttpServer`'s business.
 *
 * @throws AppError `config_invalid` when the key is empty.
 */
export function createHttpApp(deps: HttpDeps): HttpApp {
  const app = new OpenAPIHono<HttpEnv>({
    strict: false, // a slash at the end of a path changes nothing
    defaultHook: (result) => {
      if (!result.success) {
        throw invalidRequest(fieldErrorsOfZod(result.error, PARTS[result.target] ?? result.target));
      }
    },
  });

  app.use(requestId());
  app.use(accessLog(deps.log));
  // The program speaks plain HTTP; whether browsers should insist on HTTPS is for the proxy in front of it to say.
  app.use(secureHeaders({ strictTransportSecurity: false }));
  app.use(requireApiKey(deps.apiSecretKey, new Set(['/', ...HEALTH_PATHS])));
  app.use(requestBody()); // after the key, so that strangers cannot make the program read megabytes

  registerRootRoute(app);
  registerHealthRoutes(app, deps);
  registerCabinetRoutes(app, deps);
  registerRagStatusRoute(app, deps);
  registerRagIndexRoute(app, deps);
  registerRagRebuildRoute(app, deps);
  registerRagMetricsRoute(app, deps);
  registerRagFailureRoutes(app, deps);
  registerRagSearchRoute(app, deps);
  registerSyncRoutes(app, deps);
  registerAnalyticsRoutes(app, deps);
  refuseOtherMethods(app);

  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKeyHeader', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-KEY',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });

  app.notFound((context) =>
    answerProblem(context, new AppError('route_not_found', 'There is no such route.')),
  );
  app.onError(handleError(deps.log));
  return app;
}

/** A path that exists, asked with a method that it does not know, is told the ones it knows. After all routes. */
function refuseOtherMethods(app: HttpApp): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  for (const [path, known] of methods) {
    if (known.has('GET')) known.add('HEAD');
    const allow = [...known].sort().join(', ');
    app.all(path, (context) => {
      context.header('allow', allow);
      throw new AppError('method_not_allowed', `This route knows ${allow} only.`);
    });
  }
}
