import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../src/errors.ts';
import {
  startServiceProcess,
  type ServiceProcess,
  type ServiceReady,
} from '../../helpers/service-process.ts';

export interface MemberSpec {
  name: string;
  role: 'api' | 'listener' | 'worker';
  env?: Readonly<Record<string, string>>;
  /** Another version's program. */
  program?: string;
}

/** One process of the program, started again when it ends, as a supervisor does it. */
export interface Member {
  readonly spec: MemberSpec;
  readonly paused: boolean;
  /** Of the HTTP API of one that has it and is ready. */
  readonly apiUrl: string | undefined;
  /** `kill -9`. Resolves when it is gone; its successor is on its way then. */
  kill(): Promise<void>;
  /** Told to stop in peace, as a deployment does it. */
  terminate(): Promise<void>;
  pause(): void;
  resume(): void;
  /** The wall clock of the process jumps (`jumping-clock.ts`). */
  jumpClock(): void;
}

export interface Fleet {
  readonly members: readonly Member[];
  /** Ends of processes that nothing excuses. */
  readonly failures: readonly string[];
  /** Starts that failed while a database was away, and were tried again. */
  readonly failedStarts: () => number;
  /** Resolves when every process has been ready once, from now on or before. */
  untilReady(): Promise<void>;
  /** Stops all in peace, records those that do not go well. */
  stop(): Promise<void>;
  /** Ends everything at once. */
  abandon(): Promise<void>;
}

export interface FleetOptions {
  env: Readonly<Record<string, string>>;
  specs: readonly MemberSpec[];
  /** Whether a start that fails now may blame a database. */
  mayFailToStart: () => boolean;
  /** A directory in which every process leaves what it wrote, for whoever looks for a cause. */
  logs?: string | undefined;
}

const RESTART_DELAY_MS = 250;
/** SHUTDOWN_TIMEOUT_MS and as much again: these machines are busy. */
const STOP_LIMIT_MS = 30_000;

export function startFleet(options: FleetOptions): Fleet {
  const failures: string[] = [];
  let failedStarts = 0;
  let stopping = false;
  const isStopping = () => stopping;
  const runs: Promise<void>[] = [];
  const firstReady: Promise<unknown>[] = [];
  const current = new Map<Member, ServiceProcess>();

  function supervise(spec: MemberSpec): Member {
    const state: { paused: boolean; ready: ServiceReady | undefined; expected: boolean } = {
      paused: false,
      ready: undefined,
      /** The end that is under way is the suite's doing. */
      expected: false,
    };
    const wasReady = Promise.withResolvers<undefined>();
    firstReady.push(wasReady.promise);

    const isExpected = () => state.expected;
    const isReady = () => state.ready !== undefined;

    async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
      const service = current.get(member);
      if (service === undefined) return;
      state.expected = true;
      if (state.paused) member.resume();
      const late = setTimeout(() => {
        fail(service, `was told to stop and still runs ${STOP_LIMIT_MS} ms later`);
        service.send('SIGKILL');
      }, STOP_LIMIT_MS);
      const { code } = await service.end(signal);
      clearTimeout(late);
      if (signal === 'SIGTERM' && code !== 0 && code !== null)
        fail(service, `was told to stop and ended with ${code}`);
    }

    function fail(service: ServiceProcess, what: string): void {
      failures.push(`${spec.name} ${what}:\n${service.output().split('\n').slice(-25).join('\n')}`);
    }

    const member: Member = {
      spec,
      get apiUrl() {
        return state.ready?.apiUrls[0];
      },
      get paused() {
        return state.paused;
      },
      kill: () => end('SIGKILL'),
      terminate: () => end('SIGTERM'),
      pause() {
        state.paused = true;
        current.get(member)?.send('SIGSTOP');
      },
      resume() {
        state.paused = false;
        current.get(member)?.send('SIGCONT');
      },
      // Before it is ready the signal's handler may not be there, and the signal would end it.
      jumpClock: () => {
        if (state.ready !== undefined) current.get(member)?.send('SIGUSR2');
      },
    };

    async function run(): Promise<void> {
      while (!isStopping()) {
        state.expected = false;
        const excusedAtStart = options.mayFailToStart();
        const service = await startServiceProcess({
          command: [spec.role],
          env: { ...options.env, ...spec.env },
          ...(spec.program === undefined ? {} : { program: spec.program }),
        });
        current.set(member, service);
        state.ready = undefined;
        service.ready.then(
          (ready) => {
            state.ready = ready;
            wasReady.resolve(undefined);
          },
          () => undefined,
        );
        const { code, signal } = await service.ended;
        if (options.logs !== undefined) mkdirSync(options.logs, { recursive: true });
        if (options.logs !== undefined)
          appendFileSync(join(options.logs, `${spec.name}.log`), `${service.output()}\n`);
        current.delete(member);
        const wasUp = isReady();
        state.ready = undefined;
        state.paused = false;
        if (isExpected() || isStopping()) continue;
        if (!wasUp && (excusedAtStart || options.mayFailToStart())) failedStarts += 1;
        else fail(service, `ended by itself (${String(signal ?? code)})`);
        await delay(RESTART_DELAY_MS);
      }
    }

    runs.push(
      run().catch((error: unknown) => {
        failures.push(`${spec.name} could not be supervised: ${messageOf(error)}`);
      }),
    );
    return member;
  }

  const members = options.specs.map(supervise);

  async function endAll(how: (member: Member) => Promise<void>): Promise<void> {
    stopping = true;
    await Promise.all(members.map(how));
    await Promise.all(runs);
  }

  return {
    members,
    failures,
    failedStarts: () => failedStarts,
    async untilReady() {
      await Promise.all(firstReady);
    },
    stop: () => endAll((member) => member.terminate()),
    abandon: () => endAll((member) => member.kill()),
  };
}
