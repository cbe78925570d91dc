import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../context.ts';

/** An id from outside goes into log lines, so only what cannot break one. */
const SANE_REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Gives every request an id, the caller's own if it is sane, and says it in the answer. */
export function requestId(): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const given = context.req.header('x-request-id');
    const id = given !== undefined && SANE_REQUEST_ID.test(given) ? given : randomUUID();
    context.set('requestId', id);
    context.header('x-request-id', id);
    await next();
  };
}
