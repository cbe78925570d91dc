import { setTimeout as delay } from 'node:timers/promises';

/** At first it is asked often, for what is over soon; later more seldom, as most questions are work for the database. */
const FIRST_PAUSE_MS = 5;
const LAST_PAUSE_MS = 25;

/** Asks until the answer is yes; fails, naming what it waited for, when `timeoutMs` have passed. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const startedAt = Date.now();
  while (!(await condition())) {
    const waitedMs = Date.now() - startedAt;
    if (waitedMs > timeoutMs) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`);
    await delay(Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS + waitedMs / 20));
  }
}
