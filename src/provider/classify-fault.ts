import { innermostMessage, ProviderFault, SETTINGS_RETRY_MS, type ProviderRole } from './provider-fault.ts';
import { redirectTarget } from './redirect.ts';
import { parseRetryAfter } from './retry-policy.ts';
import { sizeRefusalOf } from './size-refusal.ts';
import { isAppError } from '../errors.ts';
import { RequestTimeout } from './time-limit.ts';

export interface FaultContext {
  role: ProviderRole;
  model: string;
  baseUrl: string;
  requestTimeoutMs: number;
  scrub: (text: string) => string;
  nowMs: number;
}

/** Codes of OpenAI that stand for the account, the key or the model, whatever status they come with. */
const SETTINGS_CODES: Readonly<Record<string, string>> = {
  insufficient_quota: 'has no quota left for the account of OPENAI_API_KEY',
  billing_not_active: 'has no active billing for the account of OPENAI_API_KEY',
  billing_hard_limit_reached: 'has reached the billing limit of the account of OPENAI_API_KEY',
  account_deactivated: 'has deactivated the account of OPENAI_API_KEY',
  invalid_api_key: 'refuses OPENAI_API_KEY',
};

/** A 413 or 422 is how compatible servers (TEI, FastAPI) say what OpenAI says with 400. */
const INPUT_STATUSES = new Set([400, 413, 422]);
/** Too early, request timeout, conflict, too many requests. */
const PASSING_STATUSES = new Set([408, 409, 425, 429]);

/** The fields of the package's `APIError` that are read here, without loading the package for a check. */
interface HttpError extends Error {
  status: number;
  headers?: Headers;
  code?: string | null;
}

/** Gemini says it with 400. */
const REGION_NOT_SERVED =
  /unsupported_country|(country|region|territory|location)\b.{0,60}\bnot (supported|available|allowed|served)|\bnot (supported|available|allowed|served) in (your|this) (country|region|territory|location)/i;
const REGION = /\b(country|region|territory|location)\b|geograph/i;

/** What a failed attempt means. `error`: whatever the transport or the check of its answer threw. */
export function classifyFault(error: unknown, context: FaultContext): ProviderFault {
  const { modelVariable } = context.role;
  const provider = `The ${context.role.name} at ${URL.parse(context.baseUrl)?.host ?? context.baseUrl}`;
  if (isAppError(error)) {
    // An answer that the check of it does not take.
    const message = context.scrub(error.message);
    return error.retryable
      ? new ProviderFault('passing', 'invalid_answer', message, { cause: error })
      : new ProviderFault('settings', 'settings', message, {
          ...{ retryAfterMs: SETTINGS_RETRY_MS, cause: error, concernsAll: true },
        });
  }
  if (error instanceof RequestTimeout) {
    const seconds = error.limitMs / 1000;
    return new ProviderFault('passing', 'timeout', `${provider} did not answer within ${seconds} s.`);
  }
  if (error instanceof SyntaxError) {
    return new ProviderFault('passing', 'invalid_answer', `${provider} answered with broken JSON.`);
  }
  if (!isHttpError(error)) {
    const reason = context.scrub(innermostMessage(error));
    return new ProviderFault(
      'passing',
      'network',
      `${provider} cannot be reached: ${reason}. See OPENAI_BASE_URL if this lasts.`,
    );
  }

  const { status, headers, code } = error;
  const said = context.scrub(error.message);
  const retryAfterMs = parseRetryAfter(headers, context.nowMs);
  const settings = (what: string, concernsAll = true): ProviderFault =>
    new ProviderFault('settings', 'settings', `${provider} ${what}: ${said}`, {
      retryAfterMs: Math.max(SETTINGS_RETRY_MS, retryAfterMs ?? 0),
      concernsAll,
    });

  if (typeof code === 'string' && Object.hasOwn(SETTINGS_CODES, code)) {
    return settings(SETTINGS_CODES[code]!);
  }
  if (code === 'model_not_found') {
    return settings(`does not know the model of ${modelVariable}`);
  }
  if (status < 400) {
    const target = redirectTarget(headers?.get('location'), context.baseUrl);
    return settings(
      `redirects (${status}) to ${context.scrub(target)}, which is not followed with the seller’s data. If that is the right server, set OPENAI_BASE_URL to it`,
    );
  }
  const saysRegion = REGION_NOT_SERVED.test(`${code ?? ''} ${said}`) || (status === 403 && REGION.test(said));
  if (status === 451 || (saysRegion && status < 500)) {
    return settings('does not serve the country or region that this server’s requests come from');
  }
  // Whatever the status: llama.cpp says it with 500, and OpenAI with 429 where it is more than a minute's tokens.
  const tooLarge = sizeRefusalOf(error);
  if (INPUT_STATUSES.has(status) || tooLarge !== undefined) {
    return new ProviderFault('input', 'input', said, { tooLarge });
  }
  if (status >= 500 || PASSING_STATUSES.has(status)) {
    const faultClass = status === 429 ? 'rate_limited' : 'server_error';
    // A provider that says when to retry reports its own state, not a fault of this request.
    const options = { retryAfterMs, concernsAll: status === 429 || retryAfterMs !== undefined };
    return new ProviderFault('passing', faultClass, `${provider} failed: ${said}`, options);
  }
  if (status === 401) {
    return settings('refuses OPENAI_API_KEY');
  }
  if (status === 403) {
    // A 403 concerns the key or one text: gateways send it for a text that their moderation or firewall blocks.
    return settings('does not allow the request; see OPENAI_API_KEY and its rights', false);
  }
  if (status === 402) {
    return settings('wants to be paid for the account of OPENAI_API_KEY');
  }
  if (status === 404) {
    return settings(
      `has no model ${context.model} (${modelVariable}), or OPENAI_BASE_URL is not its address`,
    );
  }
  return settings(`refuses the request; see OPENAI_BASE_URL and ${modelVariable}`, false);
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}
