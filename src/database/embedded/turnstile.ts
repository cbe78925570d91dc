/** Who may use the backend: one at a time, in the order of arrival, and nobody else during a transaction. */
export interface Turnstile<Client> {
  /** The client has a unit to run. */
  enter(client: Client): void;
  /** The client is gone, or its transaction has been rolled back: it neither waits nor keeps anybody waiting. */
  release(client: Client): void;
  /** The holder did something that counts as being alive. */
  touch(client: Client): void;
  /** Does something between two transactions: at once when nobody is in one. Must not throw. */
  whenFree(errand: () => void): void;
  /** Forgets every client. */
  clear(): void;
  readonly waiting: number;
}

export interface TurnstileOptions<Client> {
  /**
   * Runs the client's unit; true when it goes on in a transaction. Must not throw. The client may be released meanwhile: by
   * what it sent behind the unit it may be gone already.
   */
  run(client: Client): boolean;
  /** The holder has let others wait for `idleHolderTimeoutMs` without sending anything. */
  expel(client: Client): void;
  idleHolderTimeoutMs: number;
}

export function createTurnstile<Client>(options: TurnstileOptions<Client>): Turnstile<Client> {
  const waiting = new Set<Client>();
  const errands: (() => void)[] = [];
  let holder: Client | undefined;
  let running = false;
  let scheduled = false;
  let idleTimer: NodeJS.Timeout | undefined;

  function advance(): void {
    scheduled = false;
    runErrands();
    const next =
      holder === undefined ? waiting.values().next().value : waiting.has(holder) ? holder : undefined;
    if (next !== undefined && !running) {
      waiting.delete(next);
      running = true;
      holder = next;
      let goesOn = false;
      try {
        goesOn = options.run(next);
      } finally {
        running = false;
        if (!goesOn) holder = undefined;
      }
      // Through the event loop, so that what clients have sent meanwhile is read, and nobody starves its I/O.
      schedule();
    }
    runErrands();
    watchHolder();
  }

  function runErrands(): void {
    while (holder === undefined && !running && errands.length > 0) {
      running = true;
      try {
        errands.shift()!();
      } finally {
        running = false;
      }
    }
  }

  function schedule(): void {
    if (scheduled || waiting.size === 0) return;
    scheduled = true;
    setImmediate(advance);
  }

  /** A server ends an idle transaction only when told to; here it keeps everybody else from being served. */
  function watchHolder(): void {
    const blocking = holder !== undefined && waiting.size > 0 && !waiting.has(holder);
    if (blocking && idleTimer === undefined) {
      idleTimer = setTimeout(() => {
        idleTimer = undefined;
        if (holder !== undefined) options.expel(holder);
      }, options.idleHolderTimeoutMs);
      idleTimer.unref();
    } else if (!blocking) {
      stopWatching();
    }
  }

  function stopWatching(): void {
    clearTimeout(idleTimer);
    idleTimer = undefined;
  }

  return {
    enter(client) {
      waiting.add(client);
      if (client === holder) stopWatching();
      // At once when nobody is before it: a hop through the event loop would double the latency of a lone client.
      if (!running && !scheduled && (waiting.size === 1 || client === holder)) advance();
      else schedule();
      watchHolder();
    },
    release(client) {
      waiting.delete(client);
      if (holder === client) holder = undefined;
      stopWatching();
      runErrands();
      schedule();
      watchHolder();
    },
    touch(client) {
      if (client !== holder) return;
      stopWatching();
      watchHolder();
    },
    whenFree(errand) {
      errands.push(errand);
      runErrands();
    },
    clear() {
      waiting.clear();
      holder = undefined;
      stopWatching();
      runErrands();
    },
    get waiting() {
      return waiting.size;
    },
  };
}
