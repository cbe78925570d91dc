import { isFault, ProviderFault } from './provider-fault.ts';

/**
 * Asks a provider something that it can only fail to answer when it is not well. Resolves to its fault, or undefined when it
 * answers. Who asks while it is being asked hears the same answer: many requests that fail together cost one more.
 *
 * @param probe as in `ProviderCallsOptions`
 * @returns rejects with the signal's reason when aborted, and with what is no fault of a provider
 */
export function createHarmlessRequest(
  probe: (signal: AbortSignal) => Promise<unknown>,
): (signal: AbortSignal) => Promise<ProviderFault | undefined> {
  let asking:
    { answer: Promise<ProviderFault | undefined>; waiting: number; over: AbortController } | undefined;

  function begin(): NonNullable<typeof asking> {
    // Not with the signal of whoever comes first: that one may give up while others wait.
    const over = new AbortController();
    const answer = ask(over.signal).finally(() => {
      if (asking?.over === over) asking = undefined;
    });
    return { answer, waiting: 0, over };
  }

  async function ask(signal: AbortSignal): Promise<ProviderFault | undefined> {
    try {
      await probe(signal);
      return undefined;
    } catch (error) {
      if (isFault(error, 'input')) return undefined;
      if (error instanceof ProviderFault) return error;
      throw error;
    }
  }

  return (signal) => {
    const asked = (asking ??= begin());
    asked.waiting += 1;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
        if (--asked.waiting > 0) return;
        asked.over.abort(signal.reason);
        if (asking === asked) asking = undefined;
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      asked.answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  };
}
