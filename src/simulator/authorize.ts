import { decodeToken, type WbToken } from '../wildberries/token.ts';
import type { Answer } from './answer.ts';
import { baseTokenNotAllowed, problem, scopeMissing, unauthorized } from './problems.ts';
import type { MatchedRoute } from './routes.ts';

/** Who calls, as far as that is known, and the answer to those who may not. */
export interface Authorization {
  token: WbToken | undefined;
  refusal: Answer | undefined;
}

/** Checks the header as the gateway does. Tokens expire in real time, whatever the shop's clock says. */
export function authorize(header: string | undefined, route: MatchedRoute, at: Date): Authorization {
  if (header === undefined || header.trim() === '')
    return { token: undefined, refusal: unauthorized('empty Authorization header', at) };
  const token = readToken(header);
  if (token === undefined) {
    const what = 'token is malformed: token contains an invalid number of segments';
    return { token, refusal: unauthorized(`access token problem; ${what}`, at) };
  }
  return { token, refusal: refuse(token, route, at) };
}

function readToken(header: string): WbToken | undefined {
  try {
    return decodeToken(header);
  } catch {
    return undefined;
  }
}

function refuse(token: WbToken, route: MatchedRoute, at: Date): Answer | undefined {
  if (token.expiresAt.getTime() <= Date.now()) return unauthorized('access token problem; token expired', at);
  if ((token.type === 'test') !== route.sandbox) {
    const where = route.sandbox ? 'sandbox accepts test tokens only' : 'test token is not allowed here';
    return unauthorized(`access token problem; ${where}`, at);
  }
  if (route.scope !== 'any' && !token.scopes.has(route.scope)) {
    // The check of a connection documents no 403.
    return scopeMissing(route.endpoint === 'ping' ? 'common' : route.api, at);
  }
  if (route.limits[token.type] !== 'forbidden') return undefined;
  return token.type === 'base'
    ? baseTokenNotAllowed(at)
    : problem(403, 'forbidden', `${token.type} token is not allowed`, at);
}
