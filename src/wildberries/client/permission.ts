import { AppError } from '../../errors.ts';
import { baseUrlOf, ENDPOINTS, type Endpoint, type EndpointName, type WbApiLocation } from '../endpoints.ts';
import { SCOPE_NAMES, type WbToken } from '../token.ts';

export interface Refusal {
  code: 'wb_scope_missing' | 'wb_token_invalid';
  /** For the person who has to act. */
  reason: string;
}

const SET_KEY = 'set it: PATCH /api/v1/cabinets/{id} with {"api_key": "…"}';

function describeExpiry({ expiresAt }: WbToken): string {
  return `The token expired on ${expiresAt.toISOString().slice(0, 10)}; they are valid for 180 days. Make a new one in the seller account ("Интеграции по API") and ${SET_KEY}.`;
}

/** @throws AppError `wb_token_invalid` */
export function assertNotExpired(token: WbToken): void {
  if (token.expiresAt.getTime() <= Date.now()) throw new AppError('wb_token_invalid', describeExpiry(token));
}

/** Whether a token may call this, as far as it says itself. A request that is sure to be refused would still use up the limit. */
export function permissionOf(
  name: EndpointName,
  token: WbToken,
  location: WbApiLocation,
  nowMs: number,
): 'allowed' | Refusal {
  const endpoint: Endpoint = ENDPOINTS[name];
  if (token.expiresAt.getTime() <= nowMs) return { code: 'wb_token_invalid', reason: describeExpiry(token) };
  if (!token.scopes.has(endpoint.scope)) {
    const reason = `The token lacks the category "${SCOPE_NAMES[endpoint.scope]}", which ${endpoint.method} ${endpoint.path} needs. Make a token with it in the seller account ("Интеграции по API") and ${SET_KEY}.`;
    return { code: 'wb_scope_missing', reason };
  }
  if (endpoint.limits[token.type] === 'forbidden') {
    const reason = `Wildberries does not let ${token.type} tokens call ${endpoint.method} ${endpoint.path}; a personal or service token may.`;
    return { code: 'wb_scope_missing', reason };
  }
  if (baseUrlOf(location, endpoint.api, token.type) === undefined) {
    const reason = `Wildberries has no sandbox for ${endpoint.method} ${endpoint.path}, and a test token may use nothing else.`;
    return { code: 'wb_scope_missing', reason };
  }
  return 'allowed';
}

/** @throws AppError with the code and the reason of the refusal */
export function assertPermitted(name: EndpointName, token: WbToken, location: WbApiLocation): void {
  const permission = permissionOf(name, token, location, Date.now());
  if (permission === 'allowed') return;
  throw new AppError(permission.code, permission.reason, { details: { endpoint: name } });
}
