import { AppError, isAppError } from '../../errors.ts';
import { classifyFault, type FaultContext } from '../../provider/classify-fault.ts';
import {
  ProviderFault,
  providerUnavailable,
  SETTINGS_RETRY_MS,
  type ProviderRole,
} from '../../provider/provider-fault.ts';
import { refusalOf } from './refusals.ts';
import type { TokenCounts } from './chat-model.ts';

export const LANGUAGE_MODEL: ProviderRole = {
  name: 'language model',
  modelVariable: 'OPENAI_CHAT_MODEL',
  unavailable: 'chat_unavailable',
};

/** The provider is well, and will not answer this. */
export class RefusedRequest extends ProviderFault {
  readonly code: 'chat_context_too_long' | 'chat_refused';
  /** The server refuses it, not the model, and may mean its size in words that nobody has heard of. */
  readonly ofServer: boolean;

  constructor(code: RefusedRequest['code'], message: string, ofServer = true) {
    super('input', 'input', message);
    this.code = code;
    this.ofServer = ofServer;
  }
}

/**
 * What a failed request to a language model means.
 *
 * @param isTold whether the reader has seen part of the answer, which must then not be asked for again
 */
export function chatFaultOf(
  error: unknown,
  context: Omit<FaultContext, 'role'>,
  isTold: boolean,
): ProviderFault {
  if (error instanceof ProviderFault) return error;
  const fault = classifyFault(error, { ...context, role: LANGUAGE_MODEL });
  const refusal = refusalOf(error);
  const said = context.scrub(error instanceof Error ? error.message : String(error));
  if (refusal?.kind === 'context_too_long') {
    return new RefusedRequest('chat_context_too_long', `${context.model} takes less text: ${said}`);
  }
  if (fault.kind === 'input' && refusal?.kind === 'settings') {
    const host = URL.parse(context.baseUrl)?.host ?? context.baseUrl;
    return new ProviderFault(
      'settings',
      'settings',
      `The language model at ${host} ${refusal.what ?? ''}: ${said}`,
      { retryAfterMs: SETTINGS_RETRY_MS, concernsAll: true },
    );
  }
  if (fault.kind === 'input') {
    return new RefusedRequest('chat_refused', `${context.model} refuses the request: ${said}`);
  }
  if (fault.kind === 'passing' && isTold) {
    const { faultClass, message, retryAfterMs, cause } = fault;
    return new ProviderFault('broken_off', faultClass, `An answer broke off in its middle: ${message}`, {
      retryAfterMs,
      cause,
    });
  }
  return fault;
}

/** What callers see of a failed call, with what it used up nevertheless. */
export function toChatError(error: unknown, spent: TokenCounts): unknown {
  const told =
    error instanceof RefusedRequest
      ? new AppError(error.code, error.message, error.ofServer ? { details: { fewerMay: true } } : {})
      : error instanceof ProviderFault
        ? unavailable(error)
        : error;
  if (!isAppError(told) || spent.promptTokens + spent.completionTokens === 0) return told;
  const { code, message, details, retryable, httpStatus, cause } = told;
  return new AppError(code, message, {
    ...{ retryable, httpStatus, cause },
    details: { ...details, usage: { ...spent } },
  });
}

function unavailable(fault: ProviderFault): AppError {
  const told = providerUnavailable(LANGUAGE_MODEL, fault.message, fault.retryAfterMs ?? 0, fault.cause);
  if (fault.kind !== 'request') return told;
  const { code, message, details, cause } = told;
  return new AppError(code, message, { details: { ...details, fewerMay: true }, cause });
}
