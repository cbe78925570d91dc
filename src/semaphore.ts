/** At most so many pieces of work at once; the others wait in line, in order. */
export interface Semaphore {
  /** Runs `work` when there is room. Rejects with the signal's reason, without running it, when aborted in line. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createSemaphore(permits: number): Semaphore {
  let free = permits;
  // A set keeps the order of arrival, and lets an aborted waiter leave from the middle.
  const line = new Set<() => void>();

  function take(signal: AbortSignal): Promise<void> {
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onTurn = (): void => {
        line.delete(onTurn);
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        line.delete(onTurn);
        reject(signal.reason as Error);
      };
      line.add(onTurn);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  function give(): void {
    const [next] = line;
    if (next === undefined) {
      free++;
    } else {
      next();
    }
  }

  return {
    async run(work, signal) {
      signal.throwIfAborted();
      await take(signal);
      try {
        return await work();
      } finally {
        give();
      }
    },
  };
}
