import type { FakeOpenAI } from '../../helpers/fake-openai.ts';
import type { Fleet } from './fleet.ts';
import type { Random } from './random.ts';
import type { Site } from './site.ts';

/** Everything that faults are done to. */
export interface World {
  readonly main: Site;
  readonly vector: Site;
  readonly fleet: Fleet;
  readonly openai: FakeOpenAI;
  readonly random: Random;
  /** Aborted when the run is over: whatever waits goes on to heal. */
  readonly signal: AbortSignal;
}

export interface Fault {
  readonly kind: string;
  /** Databases that are not to be had while it lasts, so that nobody blames a writer or a start for failing. */
  readonly touches: readonly Site['name'][];
  /** Resolves when the fault is over and everything is as it should be. */
  inflict(world: World): Promise<void>;
}
