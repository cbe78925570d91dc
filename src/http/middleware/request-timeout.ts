import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';
import type { HttpEnv } from '../context.ts';

/**
 * Gives a request up that has no answer in time. An answer that has begun, as a stream of events has, may go on for ever.
 * What works on the request may end early by `context.get('signal')`.
 *
 * @throws AppError `request_timeout`
 */
export function requestTimeout(timeoutMs: number): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const late = new AbortController();
    context.set('signal', AbortSignal.any([context.req.raw.signal, late.signal]));
    const timedOut = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const error = new AppError('request_timeout', `The request has no answer after ${timeoutMs} ms.`);
      timedOut.reject(error);
      // Later, so that the answer is made before what is aborted throws.
      setImmediate(() => late.abort(error));
    }, timeoutMs);
    try {
      await Promise.race([next(), timedOut.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
}
