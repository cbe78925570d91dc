import type { MiddlewareHandler } from 'hono';
import type { Log } from '../../log.ts';
import type { HttpEnv } from '../context.ts';

const MAX_PATH_LENGTH = 200;
/** Probes and scrapers ask every few seconds. */
const QUIET_PATHS: ReadonlySet<string> = new Set(['/', '/health', '/v1/rag/health', '/metrics']);
/** One page of the queue dashboard brings thirty files. */
const QUIET_FOLDER = '/admin/queues/assets/';

/** One line a request: never the query string, the headers or the body, each of which may hold a key. */
export function accessLog(log: Log): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const start = performance.now();
    await next();
    const { principal } = context.var as Partial<HttpEnv['Variables']>;
    const { path } = context.req;
    const level = QUIET_PATHS.has(path) || path.startsWith(QUIET_FOLDER) ? 'debug' : 'info';
    log[level](
      {
        request_id: context.get('requestId'),
        method: context.req.method,
        path: path.slice(0, MAX_PATH_LENGTH),
        status: context.res.status,
        ...(principal?.kind === 'cabinet' ? { cabinet_key_id: principal.keyId } : {}),
        ms: Math.round((performance.now() - start) * 10) / 10,
      },
      'HTTP request',
    );
  };
}
