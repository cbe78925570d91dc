import { OpenAPIHono } from '@hono/zod-openapi';
import { secureHeaders } from 'hono/secure-headers';
import { createCabinetKeyCheck } from '../cabinets/keys/check-key.ts';
import { createKeyWatch } from '../cabinets/keys/watch-keys.ts';
import { AppError } from '../errors.ts';
import { createDeclarationFinder, guardRoutes } from './access.ts';
import { registerAdmin } from './admin/register-admin.ts';
import type { HttpApp, HttpEnv } from './context.ts';
import type { HttpDeps } from './deps.ts';
import { DEFAULT_HTTP_LIMITS } from './limits.ts';
import { createKeyLines } from './key-lines.ts';
import { accessLog } from './middleware/access-log.ts';
import { allowHosts } from './middleware/allowed-hosts.ts';
import { requireKey } from './middleware/auth.ts';
import { allowOrigins } from './middleware/cors.ts';
import { answerProblem, handleError } from './middleware/errors.ts';
import { createRateLimits } from './middleware/rate-limits.ts';
import { requestBody } from './middleware/request-body.ts';
import { requestId } from './middleware/request-id.ts';
import { tellRequests } from './middleware/tell-requests.ts';
import { requestTimeout } from './middleware/request-timeout.ts';
import { fieldErrorsOfZod, invalidRequest } from './problems.ts';
import { registerCabinetKeyRoutes } from './routes/cabinet-keys.ts';
import { registerAnalyticsRoutes } from './routes/analytics.ts';
import { registerCabinetRoutes } from './routes/cabinets.ts';
import { registerChatConversationRoutes } from './routes/chat-conversations.ts';
import { registerChatRoute } from './routes/chat.ts';
import { registerMetricsRoute } from './routes/metrics.ts';
import { registerRagEventsRoute } from './routes/rag-events.ts';
import { registerDocsRoutes } from './routes/docs.ts';
import { registerHealthRoutes } from './routes/health.ts';
import { registerRagFailureRoutes } from './routes/rag-failures.ts';
import { registerRagIndexRoute } from './routes/rag-index.ts';
import { registerRagMetricsRoute } from './routes/rag-metrics.ts';
import { registerRagRebuildRoute } from './routes/rag-rebuild.ts';
import { registerRagSearchRoute } from './routes/rag-search.ts';
import { registerRagStatusRoute } from './routes/rag-status.ts';
import { registerRootRoute } from './routes/root.ts';
import { registerSyncRoutes } from './routes/sync.ts';

/** How messages call the part of a request that a validator looks at. */
const PARTS: ReadonlyMap<string, string> = new Map(Object.entries<string>({ json: 'body', param: 'path' }));

/**
 * The whole HTTP API as one application; which ports it answers on is `createHttpServer`'s business.
 *
 * @throws AppError `config_invalid` when the key is empty.
 */
export function createHttpApp(deps: HttpDeps): HttpApp {
  const app = guardRoutes(
    new OpenAPIHono<HttpEnv>({
      strict: false, // a slash at the end of a path changes nothing
      defaultHook: (result) => {
        if (!result.success) {
          throw invalidRequest(fieldErrorsOfZod(result.error, PARTS.get(result.target) ?? result.target));
        }
      },
    }),
  );
  const declarationOf = createDeclarationFinder(app);
  const limits = { ...DEFAULT_HTTP_LIMITS, ...deps.limits };
  const rateLimits = createRateLimits(limits);
  const lines = createKeyLines(limits);
  const keyWatch = createKeyWatch(deps, { intervalMs: limits.keyCheckMs });

  app.use(tellRequests(() => deps.events));
  app.use(requestId());
  app.use(accessLog(deps.log));
  if (limits.corsOrigins.length > 0) app.use(allowOrigins(limits.corsOrigins));
  // The program speaks plain HTTP; whether browsers should insist on HTTPS is for the proxy in front of it to say.
  app.use(secureHeaders({ strictTransportSecurity: false }));
  app.use(allowHosts(limits.isAllowedHost));
  app.use(requestTimeout(limits.requestTimeoutMs));
  registerAdmin(app, deps, rateLimits); // before the keys of the API: it has a login of its own
  app.use(
    requireKey({
      apiSecretKey: deps.apiSecretKey,
      checkCabinetKey: createCabinetKeyCheck(deps),
      declarationOf,
      limits: rateLimits,
      lines,
    }),
  );
  app.use(requestBody(declarationOf)); // after the key, so that strangers cannot make the program read megabytes

  registerRootRoute(app);
  registerHealthRoutes(app, deps);
  registerCabinetRoutes(app, deps);
  registerCabinetKeyRoutes(app, deps);
  registerRagStatusRoute(app, deps);
  registerRagIndexRoute(app, deps);
  registerRagRebuildRoute(app, deps);
  registerRagMetricsRoute(app, deps);
  registerRagFailureRoutes(app, deps);
  registerRagEventsRoute(app, { ...deps, lines, keyWatch });
  registerRagSearchRoute(app, deps);
  registerSyncRoutes(app, deps);
  registerMetricsRoute(app, deps);
  registerAnalyticsRoutes(app, deps);
  registerChatRoute(app, { ...deps, lines, keyWatch });
  registerChatConversationRoutes(app, deps);
  registerDocsRoutes(app); // the last: it describes those before
  refuseOtherMethods(app);

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
