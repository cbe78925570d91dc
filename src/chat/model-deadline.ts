import { AppError } from '../errors.ts';
import type { ModelFailure } from './notices.ts';

/** A signal for the work of the model: that of the asker, or the end of its time. */
export function startDeadline(timeoutMs: number, signal: AbortSignal) {
  const late = new AbortController();
  const timer = setTimeout(
    () =>
      late.abort(
        new AppError('chat_unavailable', `The language model gave no answer within ${timeoutMs} ms.`, {
          details: { reason: 'timeout' satisfies ModelFailure },
        }),
      ),
    timeoutMs,
  );
  return { signal: AbortSignal.any([signal, late.signal]), end: () => clearTimeout(timer) };
}
