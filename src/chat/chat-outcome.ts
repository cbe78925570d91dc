import { isAppError } from '../errors.ts';
import type { ChatOutcome } from '../events.ts';
import type { ModelFailure } from './notices.ts';

/** Why the model gave no answer, as the notice says it. */
export function failureOf(error: unknown): ModelFailure {
  if (!isAppError(error)) return 'chat_unavailable';
  const { reason } = error.details as { reason?: ModelFailure };
  if (reason !== undefined) return reason;
  if (error.code === 'chat_context_too_long' || error.code === 'chat_refused') return error.code;
  return 'chat_unavailable';
}

/** What became of a message that got no answer, for the events. */
export function outcomeOf(error: unknown): ChatOutcome {
  if (!isAppError(error)) return 'failed';
  if (error.code === 'daily_limit_reached') return 'limited';
  return error.httpStatus < 500 ? 'refused' : 'failed';
}
