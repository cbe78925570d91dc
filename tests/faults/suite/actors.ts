import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../src/errors.ts';
import { API_SECRET_KEY } from '../../helpers/service-process.ts';
import type { Fleet } from './fleet.ts';
import type { Random } from './random.ts';
import { CABINETS } from './writes.ts';

/** Somebody besides the writers who uses the program while faults are inflicted. */
export interface Actor {
  readonly name: string;
  /** What no fault excuses. */
  readonly failures: readonly string[];
  /** How often it got what it asked for. */
  done(): number;
  stop(): Promise<void>;
}

export type StartActor = (fleet: Fleet, random: Random) => Actor;

/** A search gives a provider five seconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Asks the HTTP API, now and then, for one of these; an answer of 5xx or none at all is the fault's doing, unless it is for the
 * provider's sake.
 */
function requester(
  name: string,
  everyMs: number,
  path: (cabinetId: number) => string,
  bodyOf?: (cabinetId: number, random: Random) => object,
): StartActor {
  return (fleet, random) => {
    const failures: string[] = [];
    const over = new AbortController();
    let done = 0;

    async function ask(): Promise<void> {
      const url = fleet.members.find((member) => member.apiUrl !== undefined)?.apiUrl;
      if (url === undefined) return;
      const cabinetId = random.pick(CABINETS);
      const target = path(cabinetId);
      const body = bodyOf?.(cabinetId, random);
      const answer = await fetch(`${url}${target}`, {
        method: 'POST',
        headers: { 'X-API-KEY': API_SECRET_KEY, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await answer.text();
      if (answer.status === 202 || answer.status === 200) done += 1;
      else if (text.includes('The embedding provider'))
        failures.push(`POST ${target} was answered with ${answer.status}: ${text}`);
      // A cabinet that is switched off cannot be asked about.
      else if (answer.status < 500 && answer.status !== 409)
        failures.push(`POST ${target} was answered with ${answer.status}: ${text}`);
    }

    async function run(): Promise<void> {
      while (!over.signal.aborted) {
        await delay(random.below(2 * everyMs), undefined, { signal: over.signal }).catch(() => undefined);
        await ask().catch((error: unknown) => messageOf(error));
      }
    }

    const running = run();
    return {
      name,
      failures,
      done: () => done,
      async stop() {
        over.abort();
        await running;
      },
    };
  };
}

/** Searches any cabinet, each time for something that has to be embedded. What the provider does excuses no refusal. */
const searcher: StartActor = requester(
  'searches',
  400,
  () => '/v1/rag/search',
  (cabinetId, random) => ({ cabinet_id: cabinetId, query: `кружка ${random.below(1e6)}` }),
);

/** A further one is a line here. */
export const ACTORS: readonly StartActor[] = [
  searcher,
  requester('full rebuilds', 4_000, (cabinetId) => `/v1/rag/index/${cabinetId}?full_rebuild=true`),
  requester('cabinets compared on request', 5_000, (cabinetId) => `/v1/rag/index/${cabinetId}`),
];
