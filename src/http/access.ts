import { createRoute } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { AppError } from '../errors.ts';
import type { HttpApp, HttpEnv } from './context.ts';
import { API_KEY_SECURITY, problemsOfInput } from './schemas.ts';

/**
 * Who may use a route. `operator`: only API_SECRET_KEY. An object: also the key of a cabinet, for the cabinet whose id
 * stands as `cabinet_id` in that part of the request. Where the id is optional, a cabinet's key means its own.
 */
export type Access = 'public' | 'operator' | { cabinet: 'path' | 'query' | 'body' };

type Route = Parameters<typeof createRoute>[0];

/** For anybody, without a key. */
export const PUBLIC_ACCESS = { 'x-access': 'public', security: [] as Record<string, string[]>[] } as const;

export const OPERATOR_ACCESS = { 'x-access': 'operator', security: API_KEY_SECURITY } as const;

/** Spread into a route's definition: it is for the operator, and for the key of the cabinet that the request is about. */
export const cabinetAccess = (part: 'path' | 'query' | 'body') =>
  ({ 'x-access': { cabinet: part }, security: API_KEY_SECURITY }) as const;

/** A larger body than the others may have, in bytes. Spread into a route's definition. */
export const maxBody = (bytes: number) => ({ 'x-max-body-bytes': bytes }) as const;

/** Its handler lines its work up by itself (`KeyLines`), because that goes on when the answer has begun. */
export const OWN_LINE = { 'x-own-line': true } as const;

export interface Declaration {
  access: Access;
  hasOwnLine: boolean;
  maxBodyBytes: number | undefined;
}

const TARGETS = { path: 'param', query: 'query', body: 'json' } as const;

const declarations = new WeakMap<object, ReadonlyMap<string, Declaration>>();

/**
 * Makes `app.openapi` read what a route declares. One that declares nothing is for the operator only; one that lets the keys
 * of cabinets in gets the check of the cabinet put between its validators and its handler, so no handler can forget it.
 */
export function guardRoutes(app: HttpApp): HttpApp {
  const declared = new Map<string, Declaration>();
  declarations.set(app, declared);
  const register = app.openapi as (
    route: Route,
    handler: MiddlewareHandler<HttpEnv>,
    hook?: unknown,
  ) => HttpApp;

  function openapi(route: Route, handler: MiddlewareHandler<HttpEnv>, hook?: unknown): HttpApp {
    const access = (route['x-access'] as Access | undefined) ?? 'operator';
    const maxBodyBytes = route['x-max-body-bytes'] as number | undefined;
    const pattern = createRoute(route).getRoutingPath();
    declared.set(`${route.method.toUpperCase()} ${pattern}`, {
      access,
      hasOwnLine: route['x-own-line'] === true,
      maxBodyBytes,
    });
    const described = { ...route, responses: { ...problemsOfInput(route.request), ...route.responses } };
    return register(described, typeof access === 'object' ? guarded(access.cabinet, handler) : handler, hook);
  }
  app.openapi = openapi as unknown as HttpApp['openapi'];
  return app;
}

/** What the route that a request is for declares; undefined: there is none, or nothing that declares anything. */
export function createDeclarationFinder(
  app: HttpApp,
): (context: Context<HttpEnv>) => Declaration | undefined {
  const declared = declarations.get(app);
  return (context) => {
    // Hono looks for the route of a GET when it is asked a HEAD.
    for (const { method, path } of matchedRoutes(context)) {
      const found = declared?.get(`${method} ${path}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** The same words whether the cabinet exists or not, and whichever route it was. */
export function forbidden(): AppError {
  return new AppError(
    'forbidden',
    'This is the key of a cabinet. It may only read, search and chat in that cabinet: show it, its sync, status, metrics, events and failures, search it, ask for its figures and chat about it. Anything else takes the operator’s key.',
  );
}

function guarded(
  part: 'path' | 'query' | 'body',
  handler: MiddlewareHandler<HttpEnv>,
): MiddlewareHandler<HttpEnv> {
  const target = TARGETS[part];
  return (context, next) => {
    const principal = context.get('principal');
    if (principal.kind === 'cabinet') {
      const valid = context.req.valid(target as never) as { cabinet_id?: unknown };
      if (valid.cabinet_id === undefined) {
        context.req.addValidatedData(target, { ...valid, cabinet_id: principal.cabinetId });
      } else if (valid.cabinet_id !== principal.cabinetId) {
        throw forbidden();
      }
    }
    return handler(context, next);
  };
}
