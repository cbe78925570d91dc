import type { Context, MiddlewareHandler } from 'hono';
import type { CheckCabinetKey } from '../../cabinets/keys/check-key.ts';
import { AppError } from '../../errors.ts';
import { forbidden, type Declaration } from '../access.ts';
import type { HttpEnv, Principal } from '../context.ts';
import { createSecretComparison } from './compare-secret.ts';
import { nameOf, type KeyLines } from '../key-lines.ts';
import type { RateLimits } from './rate-limits.ts';

export interface AuthOptions {
  /** The operator's key. Not empty. */
  apiSecretKey: string;
  checkCabinetKey: CheckCabinetKey;
  /** What the route of a request declares. */
  declarationOf: (context: Context<HttpEnv>) => Declaration | undefined;
  limits: RateLimits;
  lines: Pick<KeyLines, 'requests'>;
}

/**
 * Lets a request pass to what is not public when it shows a key as `X-API-KEY: <key>` or `Authorization: Bearer <key>`. One
 * that shows both has to be right in both: a wrong key is a mistake that somebody should hear of. The key of a cabinet
 * passes only to routes that declare to be for such keys; whether it is the right cabinet, `guardRoutes` looks at.
 *
 * @throws AppError `config_invalid` for an empty key, which an empty header would match; in a request `unauthorized`,
 *   `forbidden`, `rate_limited` and `key_busy`.
 */
export function requireKey({
  apiSecretKey,
  checkCabinetKey,
  declarationOf,
  limits,
  lines,
}: AuthOptions): MiddlewareHandler<HttpEnv> {
  if (apiSecretKey === '') throw new AppError('config_invalid', 'API_SECRET_KEY must not be empty.');

  const isOperatorKey = createSecretComparison(apiSecretKey);

  async function whoShows(key: string): Promise<Principal | undefined> {
    // Node reads header bytes as latin1; taken back to bytes, a key in UTF-8 is what the caller sent.
    if (isOperatorKey(Buffer.from(key, 'latin1'))) return { kind: 'operator' };
    const found = await checkCabinetKey(key);
    return found && { kind: 'cabinet', ...found };
  }

  async function identify(context: Context<HttpEnv>): Promise<Principal> {
    const shown = keysOf(context.req.header('x-api-key'), context.req.header('authorization'));
    const [first, ...others] = await Promise.all(shown.map(whoShows));
    if (first === undefined || others.includes(undefined)) {
      // A right key is never refused for the wrong ones of somebody else who happens to share its address.
      await limits.countWrongKey(context.env.incoming?.socket.remoteAddress);
      throw new AppError('unauthorized', 'The API key is wrong, or it was revoked.');
    }
    if (others.some((other) => nameOf(other!) !== nameOf(first)))
      throw new AppError('unauthorized', 'X-API-KEY and Authorization show different keys. Send one.');
    return first;
  }

  return async (context, next) => {
    const declaration = declarationOf(context);
    const access = declaration?.access ?? 'operator';
    if (access !== 'public') {
      const principal = await identify(context);
      context.set('principal', principal);
      await limits.countRequest(nameOf(principal));
      if (principal.kind !== 'operator' && typeof access !== 'object') throw forbidden();
      if (declaration?.hasOwnLine !== true) {
        await lines.requests.run(nameOf(principal), next, context.get('signal'));
        return;
      }
    }
    await next();
  };
}

/** What the headers show, at least one. */
function keysOf(apiKey: string | undefined, authorization: string | undefined): string[] {
  if (apiKey === undefined && authorization === undefined) {
    throw new AppError(
      'unauthorized',
      'The API key is missing. Send it as "X-API-KEY: <key>" or "Authorization: Bearer <key>".',
    );
  }
  const bearer = authorization === undefined ? undefined : /^Bearer +(.*)$/i.exec(authorization)?.[1];
  if (authorization !== undefined && bearer === undefined) {
    throw new AppError('unauthorized', 'The Authorization header is not of the form "Bearer <key>".');
  }
  return [apiKey, bearer].filter((key) => key !== undefined);
}
