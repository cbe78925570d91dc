import { AppError, type ErrorCode } from '../../errors.ts';
import type { Endpoint, EndpointName } from '../endpoints.ts';
import { SCOPE_NAMES, type WbToken } from '../token.ts';
import { readErrorDetail } from './error-detail.ts';
import type { NoAnswer } from './network-faults.ts';

/** What every message has to say: which request, and to which host. */
export interface RequestName {
  name: EndpointName;
  endpoint: Endpoint;
  host: string;
  token: WbToken;
}

/** Kinds of `wb_unavailable`, in `details.kind`. */
export type UnavailableKind =
  | NoAnswer['kind']
  | 'server_error'
  | 'redirected'
  | 'not_json'
  | 'error_envelope'
  | 'unexpected_shape'
  | 'too_large';

const NEW_TOKEN =
  'Make a new one in the seller account ("Интеграции по API") and set it: PATCH /api/v1/cabinets/{id} with {"api_key": "…"}.';

function describe({ endpoint, host }: RequestName): string {
  return `${endpoint.method} ${endpoint.path} of ${host}`;
}

/** Wildberries might quote the token that it refuses. */
function scrub(text: string, { token }: RequestName): string {
  return text.replaceAll(token.raw, '[token]');
}

export function unavailable(
  request: RequestName,
  kind: UnavailableKind,
  what: string,
  details: Record<string, unknown> = {},
): AppError {
  return new AppError(
    'wb_unavailable',
    `Wildberries is not available: ${describe(request)} ${scrub(what, request)}. The sync tries again by itself.`,
    { details: { kind, endpoint: request.name, host: request.host, ...details } },
  );
}

export function noAnswer(request: RequestName, fault: NoAnswer): AppError {
  const what =
    fault.kind === 'unreachable'
      ? `cannot be reached (${fault.message}); check this machine's network, DNS and proxy if that lasts`
      : `gave no whole answer: ${fault.message}`;
  return unavailable(request, fault.kind, what);
}

export function rateLimited(
  request: RequestName,
  body: string,
  block: { blockedUntil: Date; blockedForMs: number },
): AppError {
  const { detail, requestId } = readErrorDetail(scrub(body, request));
  const retryAt = block.blockedUntil.toISOString();
  return new AppError(
    'wb_rate_limited',
    `Wildberries limits ${describe(request)} until ${retryAt}${quote(detail)}. The sync goes on then by itself. If this is frequent, another program uses up the limits of the same seller.`,
    {
      details: {
        endpoint: request.name,
        status: 429,
        retryAt,
        retryAfterMs: Math.ceil(block.blockedForMs),
        detail,
        requestId,
      },
    },
  );
}

function quote(detail: string): string {
  return detail === '' ? '' : ` («${detail}»)`;
}

/** What each refusal means and who can do what about it (official description of 2026-08-19, "Response status codes"). */
function explain(status: number, { endpoint, token }: RequestName): string {
  const category = `"${SCOPE_NAMES[endpoint.scope]}"`;
  switch (status) {
    case 400:
    case 422:
      return 'Wildberries does not accept what this program asked for. Its API may have changed: look for a newer version of wb-assist.';
    case 401:
      return `The token is expired, revoked, or of another category (${category} is needed). ${NEW_TOKEN}`;
    case 402:
      return 'The balance that pays for this service of Wildberries is used up: top it up in the account, https://dev.wildberries.ru/company.';
    case 403:
      return `The token, of the kind "${token.type}", may not do this: it needs the category ${category}, and some methods refuse base tokens. ${NEW_TOKEN}`;
    case 404:
      return 'Wildberries has removed or moved this method, or does not know what was asked for: https://dev.wildberries.ru/release-notes. Look for a newer version of wb-assist.';
    case 409:
      return 'Wildberries says that this contradicts the state of something. Nothing was changed.';
    case 413:
      return 'The request is too large for Wildberries. This is a fault of wb-assist: report it.';
    default:
      return 'This refusal is not documented. Look at https://dev.wildberries.ru for news.';
  }
}

/**
 * For every answer that is neither a success nor 429. No 4XX is a fault that passes, not even 408 and 425: Wildberries counts
 * one as ten requests where it says so, so none is repeated before the next sync.
 */
export function refusal(
  request: RequestName,
  status: number,
  body: string,
  location: string | null,
): AppError {
  const { detail, requestId } = readErrorDetail(scrub(body, request));
  const details = { status, detail, requestId };
  if (status < 400) {
    const target = (location === null ? null : URL.parse(location)?.host) ?? 'somewhere else';
    return unavailable(
      request,
      'redirected',
      `was redirected (${status}) to ${target}, which is not followed with a token; a proxy on the way may do that`,
      details,
    );
  }
  if (status >= 500) {
    return unavailable(request, 'server_error', `answered ${status}${quote(detail)}`, details);
  }
  const code: ErrorCode = 'wb_rejected';
  return new AppError(
    code,
    `Wildberries refused ${describe(request)} with ${status}${quote(detail)}. ${explain(status, request)}`,
    { details: { endpoint: request.name, host: request.host, ...details } },
  );
}
