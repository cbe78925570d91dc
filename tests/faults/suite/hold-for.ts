import { setTimeout as delay } from 'node:timers/promises';
import type { World } from './world.ts';

/** How long a fault lasts: until its time is over, or the run is. */
export async function holdFor({ signal }: Pick<World, 'signal'>, durationMs: number): Promise<void> {
  await delay(durationMs, undefined, { signal }).catch(() => undefined);
}
