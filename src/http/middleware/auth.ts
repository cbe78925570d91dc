import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';
import type { HttpEnv } from '../context.ts';
import { createSecretComparison } from './compare-secret.ts';

/**
 * Lets a request pass that shows the key as `X-API-KEY: <key>` or `Authorization: Bearer <key>`. One that shows both has
 * to be right in both: a wrong key is a mistake that somebody should hear of.
 *
 * @throws AppError `config_invalid` for an empty key, which an empty header would match; in a request `unauthorized`.
 */
export function requireApiKey(
  apiSecretKey: string,
  publicPaths: ReadonlySet<string>,
): MiddlewareHandler<HttpEnv> {
  if (apiSecretKey === '') throw new AppError('config_invalid', 'API_SECRET_KEY must not be empty.');

  const isKey = createSecretComparison(apiSecretKey);
  // Node reads header bytes as latin1; taken back to bytes, a key in UTF-8 is what the caller sent.
  const isRight = (shown: string) => isKey(Buffer.from(shown, 'latin1'));

  return async (context, next) => {
    if (!publicPaths.has(context.req.path)) {
      const problem = problemOf(
        context.req.header('x-api-key'),
        context.req.header('authorization'),
        isRight,
      );
      if (problem !== undefined) throw new AppError('unauthorized', problem);
    }
    await next();
  };
}

function problemOf(
  apiKey: string | undefined,
  authorization: string | undefined,
  isRight: (shown: string) => boolean,
): string | undefined {
  if (apiKey === undefined && authorization === undefined) {
    return 'The API key is missing. Send it as "X-API-KEY: <key>" or "Authorization: Bearer <key>".';
  }
  const bearer = authorization === undefined ? undefined : /^Bearer +(.*)$/i.exec(authorization)?.[1];
  if (authorization !== undefined && bearer === undefined) {
    return 'The Authorization header is not of the form "Bearer <key>".';
  }
  const wrong = [apiKey, bearer].some((shown) => shown !== undefined && !isRight(shown));
  return wrong ? 'The API key is wrong.' : undefined;
}
