import type { Member, MemberSpec } from './fleet.ts';
import { holdFor } from './hold-for.ts';
import type { Fault, World } from './world.ts';

type Role = MemberSpec['role'];
const ROLES_OF_PROCESSES = ['worker', 'listener', 'api'] as const satisfies readonly Role[];

function pickMember({ fleet, random }: World, role: Role): Member {
  return random.pick(fleet.members.filter((member) => member.spec.role === role && !member.paused));
}

function kill(role: Role): Fault {
  return {
    kind: `${role}: kill -9`,
    touches: [],
    async inflict(world) {
      await holdFor(world, world.random.below(500));
      await pickMember(world, role).kill();
    },
  };
}

function terminate(role: Role): Fault {
  return {
    kind: `${role}: SIGTERM`,
    touches: [],
    inflict: (world) => pickMember(world, role).terminate(),
  };
}

const killAll: Fault = {
  kind: 'every process: kill -9',
  touches: [],
  async inflict({ fleet }) {
    await Promise.all(fleet.members.map((member) => member.kill()));
  },
};

const jumpClocks: Fault = {
  kind: 'clocks jump by hours, each to another time',
  touches: [],
  async inflict(world) {
    for (const member of world.fleet.members) if (world.random.chance(0.7)) member.jumpClock();
    await holdFor(world, 1_000);
  },
};

/** The heartbeat of a job is 10 s, a round of pg-boss's supervisor 5 s. */
const PAST_LEASE_MS = 25_000;

/** Lasts so long that it is inflicted beside the others. */
export const PAUSED_WORKER: Fault = {
  kind: 'worker: SIGSTOP past its lease, then SIGCONT',
  touches: [],
  async inflict(world) {
    const member = pickMember(world, 'worker');
    member.pause();
    await holdFor(world, PAST_LEASE_MS);
    member.resume();
  },
};

export const PROCESS_FAULTS: readonly Fault[] = [
  ...ROLES_OF_PROCESSES.flatMap((role) => [kill(role), terminate(role)]),
  killAll,
  jumpClocks,
];
