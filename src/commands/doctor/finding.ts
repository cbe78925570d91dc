import type { Config } from '../../config.ts';
import type { Database } from '../../database/pool.ts';
import type { Embedders } from '../../embedding/embedders.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Log } from '../../log.ts';

/** `not_checked`: something else that is wrong was in the way. `repaired`: it was wrong until just now. */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'repaired' | 'not_checked';

export interface Finding {
  check: string;
  status: FindingStatus;
  /** What is so, or what is wrong. Never a secret. */
  detail: string;
  /** What a person does about it. */
  remedy?: string;
  repair?: Repair;
}

/** How `--repair` mends what was found. */
export interface Repair {
  /** In the imperative: what is about to be done. */
  does: string;
  /** Resolves to what was done, in the past tense. */
  run: () => Promise<string>;
}

/** What a check cannot do without; the checks before it put it there. */
export type Prerequisite = 'main' | 'vector' | 'main schema' | 'vector schema';

/** Who was found to be there. */
export type Presence = Prerequisite | 'listener' | 'worker';

export interface Check {
  name: string;
  needs: readonly Prerequisite[];
  run: (examination: Examination) => Promise<Finding[]>;
  /** Its repairs only ask for work that takes its time, so that looking again at once would show nothing. */
  repairsLater?: true;
}

/** What all checks of one run share. */
export interface Examination {
  readonly config: Config;
  readonly log: Log;
  /** The program's own Postgres: there is no DATABASE_URL. */
  readonly embedded: boolean;
  readonly main: Database;
  readonly vector: Database;
  /** Only of this cabinet, where cabinets are looked at one by one. */
  readonly cabinetId: number | undefined;
  readonly answerMs: number;
  readonly available: Set<Presence>;
  /** @throws AppError `config_invalid` */
  embedders(): Embedders;
  /** Shows progress to the person who waits. */
  progress(line: string): void;
  /** Starts the job queue, which creates or updates its schema, once, for as long as the examination takes. */
  jobs(): Promise<Jobs>;
}

export const START_SERVICE = 'npm start';

/** How to have somebody do what a role does. */
export function startRole(role: 'listener' | 'worker', { embedded }: Pick<Examination, 'embedded'>): string {
  return embedded ? START_SERVICE : `${START_SERVICE}, or a process of its own: npx wb-assist ${role}`;
}

export function seconds(value: number): string {
  if (value < 120) return `${Math.round(value)} s`;
  if (value < 2 * 3600) return `${Math.round(value / 60)} min`;
  return value < 2 * 86_400 ? `${Math.round(value / 3600)} h` : `${Math.round(value / 86_400)} days`;
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** `1 row`, `2 rows` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
