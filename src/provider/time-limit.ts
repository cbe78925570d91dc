/** The reason of an attempt that took too long. */
export class RequestTimeout extends Error {
  readonly limitMs: number;

  constructor(limitMs: number) {
    super();
    this.limitMs = limitMs;
  }
}

/**
 * Gives `work` a signal that is aborted when the outer one is, or when `limitMs` have passed since the start or since
 * `restart` was last called. The `openai` package's own timeout ends with the headers: a body that never comes would
 * hang for ever.
 *
 * @throws RequestTimeout, the outer signal's reason, or what `work` throws.
 */
export async function withTimeLimit<T>(
  limitMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal, restart: (limitMs?: number) => void) => Promise<T>,
): Promise<T> {
  const limited = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const restart = (ms = limitMs): void => {
    clearTimeout(timer);
    timer = setTimeout(() => limited.abort(new RequestTimeout(ms)), ms);
  };
  const onAbort = (): void => limited.abort(outer.reason);
  outer.throwIfAborted();
  outer.addEventListener('abort', onAbort, { once: true });
  restart();
  try {
    return await work(limited.signal, restart);
  } catch (error) {
    // The package throws an error of its own for our signal, whatever its reason.
    throw limited.signal.aborted ? limited.signal.reason : error;
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', onAbort);
  }
}
