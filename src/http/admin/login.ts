import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';
import type { HttpEnv } from '../context.ts';
import { createSecretComparison } from '../middleware/compare-secret.ts';
import type { RateLimits } from '../middleware/rate-limits.ts';

const CHALLENGE = 'Basic realm="wb-assist", charset="UTF-8"';

/**
 * Lets the operator pass: a browser by HTTP Basic, with any name and the operator's key as password; programs by
 * `X-API-KEY` or `Authorization: Bearer`, as everywhere. One that shows several has to be right in all. The keys of cabinets
 * are of no use here.
 *
 * @throws AppError in a request `unauthorized`, with status 401, so that a browser asks for the password, and
 *   `rate_limited` after too many wrong ones.
 */
export function requireOperator(
  apiSecretKey: string,
  limits: Pick<RateLimits, 'countWrongKey'>,
): MiddlewareHandler<HttpEnv> {
  const isKey = createSecretComparison(apiSecretKey);
  return async (context, next) => {
    const shown: (Buffer | undefined)[] = [];
    const apiKey = context.req.header('x-api-key');
    // Node reads header bytes as latin1; taken back to bytes, a key in UTF-8 is what the caller sent.
    if (apiKey !== undefined) shown.push(Buffer.from(apiKey, 'latin1'));
    const authorization = context.req.header('authorization');
    if (authorization !== undefined) shown.push(passwordOf(authorization));
    // All are compared, also after a wrong one.
    const isRight = shown.map((secret) => secret !== undefined && isKey(secret));
    if (isRight.includes(false)) await limits.countWrongKey(context.env.incoming?.socket.remoteAddress);
    if (shown.length === 0 || isRight.includes(false)) {
      context.header('www-authenticate', CHALLENGE);
      throw new AppError(
        'unauthorized',
        shown.length === 0
          ? 'The queue dashboard is for the operator: any user name, and the API_SECRET_KEY as password.'
          : 'The password is wrong. It is the API_SECRET_KEY.',
        { httpStatus: 401 },
      );
    }
    await next();
  };
}

/** Undefined: the header has neither of the two forms. */
function passwordOf(authorization: string): Buffer | undefined {
  const [, scheme, value] = /^(Basic|Bearer) +(.*)$/i.exec(authorization) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return Buffer.from(value, 'latin1');
  const credentials = Buffer.from(value, 'base64');
  const colon = credentials.indexOf(':');
  return colon === -1 ? undefined : credentials.subarray(colon + 1);
}
