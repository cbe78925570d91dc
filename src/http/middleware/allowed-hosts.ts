import type { MiddlewareHandler } from 'hono';
import type { Config } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { isLoopback } from '../../loopback.ts';
import type { HttpEnv } from '../context.ts';

/** What tells whether the name that a request is for may be one of this program's. */
export type IsAllowedHost = (host: string) => boolean;

/**
 * A page of another site may have its own name lead to this machine (DNS rebinding), and then a browser lets it read what a
 * service that only this machine reaches shows without a key. Its requests name that site in their Host header. Where other
 * machines get in anyway, any name will do, unless names are set.
 */
export function allowedHostsOf({
  HTTP_HOST: listensOn,
  HTTP_ALLOWED_HOSTS: allowed,
}: Pick<Config, 'HTTP_HOST' | 'HTTP_ALLOWED_HOSTS'>): IsAllowedHost {
  if (allowed?.includes('*') === true || (allowed === undefined && !isLoopback(listensOn))) return () => true;
  const names = new Set([...(allowed ?? []), listensOn.toLowerCase()]);
  return (host) => {
    const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase();
    return isLoopback(name) || names.has(name);
  };
}

/** @throws AppError `host_not_allowed` in a request. Programs that send no Host header are no browsers. */
export function allowHosts(isAllowed: IsAllowedHost): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const host = context.req.header('host');
    if (host !== undefined && !isAllowed(host))
      throw new AppError(
        'host_not_allowed',
        'The Host header names another machine than this one. If a proxy passes on the name by which it is called, add that to HTTP_ALLOWED_HOSTS.',
      );
    await next();
  };
}
