import { ROLES } from './cluster.ts';
import { holdFor } from './hold-for.ts';
import type { Site } from './site.ts';
import type { Fault, World } from './world.ts';

type SiteName = Site['name'];
const BOTH = ['main', 'vector'] as const satisfies readonly SiteName[];

/** How long a server is away; `FAULTS_OUTAGE_SECONDS=180` for the minutes that a night's run can afford. */
function outageMs({ random }: World): number {
  const given = process.env['FAULTS_OUTAGE_SECONDS'];
  return given === undefined ? 800 + random.below(1_500) : Number(given) * 1_000;
}

function restart(name: SiteName, mode: 'fast' | 'immediate'): Fault {
  return {
    kind: `${name}: restart, ${mode}`,
    touches: [name],
    async inflict(world) {
      const { cluster } = world[name];
      await cluster.stop(mode);
      await cluster.start();
    },
  };
}

function down(name: SiteName): Fault {
  return {
    kind: `${name}: down while the other is up`,
    touches: [name],
    async inflict(world) {
      const { cluster } = world[name];
      await cluster.stop('fast');
      await holdFor(world, outageMs(world));
      await cluster.start();
    },
  };
}

const TERMINATE = `
select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and pid <> pg_backend_pid()`;

function terminate(name: SiteName): Fault {
  return {
    kind: `${name}: every backend of ours terminated`,
    touches: [name],
    async inflict(world) {
      await world[name].query(TERMINATE, [ROLES.program]);
    },
  };
}

function readOnly(name: SiteName): Fault {
  return {
    kind: `${name}: read-only`,
    touches: [name],
    async inflict(world) {
      const site = world[name];
      await site.query(`alter role ${ROLES.program} set default_transaction_read_only = on`);
      await site.query(TERMINATE, [ROLES.program]);
      await holdFor(world, outageMs(world));
      await site.query(`alter role ${ROLES.program} reset default_transaction_read_only`);
      // As after a failover: sessions that know the old state are of no use.
      await site.query(TERMINATE, [ROLES.program]);
    },
  };
}

function refused(names: readonly SiteName[]): Fault {
  return {
    kind: `${names.join(' and ')}: connections refused`,
    touches: names,
    async inflict(world) {
      const proxies = names.map((name) => world[name].proxy);
      await Promise.all(proxies.map((proxy) => proxy.refuse()));
      await holdFor(world, outageMs(world));
      await Promise.all(proxies.map((proxy) => proxy.heal()));
    },
  };
}

/** Longer than a statement may take, at times, so that timeouts are met and not only waits. */
const HUNG_MS = [1_500, 3_500, 6_000];

function hung(name: SiteName, after: 'resume' | 'lost'): Fault {
  return {
    kind:
      after === 'resume' ? `${name}: network stalls and goes on` : `${name}: sockets half-open, then reset`,
    touches: [name],
    async inflict(world) {
      const { proxy } = world[name];
      proxy.hang();
      await holdFor(world, world.random.pick(HUNG_MS));
      await proxy.heal(after === 'resume' ? 'resume' : { lostForMs: world.random.pick([0, 5_000]) });
    },
  };
}

export const SERVER_FAULTS: readonly Fault[] = [
  ...BOTH.flatMap((name) => [
    restart(name, 'fast'),
    restart(name, 'immediate'),
    down(name),
    terminate(name),
    readOnly(name),
    refused([name]),
    hung(name, 'resume'),
    hung(name, 'lost'),
  ]),
  refused(BOTH),
];
