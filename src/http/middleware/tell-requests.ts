import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Events } from '../../events.ts';
import type { HttpEnv } from '../context.ts';

/** A method is a word of the client's, and may be any of some thirty that Node knows. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Tells of every request when its answer begins, refused ones and those of no route, too. First of all middleware. */
export function tellRequests(events: () => Events): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const start = performance.now();
    await next();
    const path = matchedRoutes(context).findLast((route) => route.path !== '*' && route.path !== '/*')?.path;
    events().emit('httpRequestEnded', {
      // As the description of the API writes it. Never the path itself: it is the client's to choose.
      route: path?.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}'),
      method: METHODS.has(context.req.method) ? context.req.method : 'other',
      status: context.res.status,
      durationMs: performance.now() - start,
    });
  };
}
