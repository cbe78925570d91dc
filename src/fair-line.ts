import { AppError } from './errors.ts';

export interface FairLineOptions {
  /** Pieces of work at once. */
  permits: number;
  /** How many turns one asker may have at once; default: all of them. */
  permitsEach?: number;
  /** How many of one asker may wait in line; default: any number. */
  waitingEach?: number;
}

/** Whose share is how many times that of others. */
export type ShareOf<Asker> = (asker: Asker) => number;

/** Work of several askers, each of whom has a line of his own: whoever sends much waits behind himself, not others behind him. */
export interface FairLine<Asker> {
  /**
   * Runs `work` when it is its turn: askers take turns, the work of one is done in order.
   *
   * @throws AppError `key_busy`, at once, when as much as may wait does already.
   * @throws the signal's reason, without running it, when aborted in line.
   */
  run<T>(asker: Asker, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

interface Account {
  running: number;
  /** A set keeps the order of arrival, and lets an aborted one leave from the middle. */
  waiting: Set<() => void>;
  /** When the next piece of it is due, by the clock of the line. */
  due: number;
}

/** What is said to whoever comes too often. A piece of work takes some tens of milliseconds, so a full line is short by then. */
const RETRY_AFTER_MS = 1_000;

export function createFairLine<Asker>(
  { permits, permitsEach = permits, waitingEach = Infinity }: FairLineOptions,
  shareOf: ShareOf<Asker> = () => 1,
): FairLine<Asker> {
  let free = permits;
  /**
   * Start-time fair queueing (Goyal, Vin and Cheng 1997): a clock that shows when the work that began last was due. Whoever
   * comes is due now, and once more a step after each piece of his that began.
   */
  let clock = 0;
  const accounts = new Map<Asker, Account>();

  const mayRun = (asker: Asker, { running }: Account): boolean => running < permitsEach * shareOf(asker);

  function accountOf(asker: Asker): Account {
    let account = accounts.get(asker);
    if (account === undefined)
      accounts.set(asker, (account = { running: 0, waiting: new Set(), due: clock }));
    if (account.waiting.size === 0) account.due = Math.max(account.due, clock);
    return account;
  }

  function begin(asker: Asker, account: Account): void {
    free -= 1;
    account.running += 1;
    clock = Math.max(clock, account.due);
    account.due += 1 / shareOf(asker);
    // When several are due at the same time, the one that has waited longest goes first.
    accounts.delete(asker);
    accounts.set(asker, account);
  }

  /** Takes a place in line at once, so that who comes first is first. */
  async function take(asker: Asker, signal: AbortSignal | undefined): Promise<void> {
    const account = accountOf(asker);
    if (free > 0 && mayRun(asker, account)) {
      begin(asker, account);
      return;
    }
    if (account.waiting.size >= waitingEach * shareOf(asker)) {
      forget(asker, account);
      throw new AppError('key_busy', 'As many requests of this key as may wait are waiting already.', {
        details: { retryAfterMs: RETRY_AFTER_MS },
      });
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        account.waiting.delete(onTurn);
        signal?.removeEventListener('abort', onAbort);
      };
      const onTurn = (): void => {
        leave();
        resolve();
      };
      const onAbort = (): void => {
        leave();
        forget(asker, account);
        reject(signal!.reason as Error);
      };
      account.waiting.add(onTurn);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  function give(asker: Asker): void {
    free += 1;
    const account = accounts.get(asker)!;
    account.running -= 1;
    let next: { asker: Asker; account: Account; turn: () => void } | undefined;
    for (const [other, waiting] of accounts) {
      const [turn] = waiting.waiting;
      if (turn === undefined) forget(other, waiting);
      else if (mayRun(other, waiting) && (next === undefined || waiting.due < next.account.due))
        next = { asker: other, account: waiting, turn };
    }
    if (next === undefined) return;
    begin(next.asker, next.account);
    next.turn();
  }

  /** Once it is due now like anybody who comes anew. */
  function forget(asker: Asker, { running, waiting, due }: Account): void {
    if (running === 0 && waiting.size === 0 && due <= clock) accounts.delete(asker);
  }

  return {
    async run(asker, work, signal) {
      signal?.throwIfAborted();
      await take(asker, signal);
      try {
        return await work();
      } finally {
        give(asker);
      }
    },
  };
}
