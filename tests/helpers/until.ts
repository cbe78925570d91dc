import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is yes; fails, naming what it waited for, when `timeoutMs` have passed. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`);
    await delay(5);
  }
}
