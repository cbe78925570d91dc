import pg from 'pg';
import { ROLES } from './cluster.ts';
import { holdFor } from './hold-for.ts';
import type { Site } from './site.ts';
import type { Fault } from './world.ts';

type SiteName = Site['name'];

/** Tables that the program writes; `job` is the queue's. */
const WRITTEN = {
  main: ['public.rag_changes', 'pgboss.job'],
  vector: [
    'public.rag_metadata',
    'public.rag_embeddings',
    'public.rag_index_status',
    'public.rag_index_runs',
  ],
} as const satisfies Record<SiteName, readonly string[]>;

/** Takes all connections that are left, from outside; those that the program lets go of as well. */
function exhaustConnections(name: SiteName): Fault {
  return {
    kind: `${name}: no connection left`,
    touches: [name],
    async inflict(world) {
      const { cluster } = world[name];
      const taken: pg.Client[] = [];
      const end = performance.now() + 2_000;
      await world[name].query(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and random() < 0.5`,
        [ROLES.program],
      );
      while (performance.now() < end && !world.signal.aborted) {
        const client = new pg.Client({ connectionString: cluster.url('writer'), application_name: 'crowd' });
        client.on('error', () => undefined);
        try {
          await client.connect();
          taken.push(client);
        } catch {
          await holdFor(world, 50);
        }
      }
      await Promise.all(taken.map((client) => client.end()));
    },
  };
}

/** The statements of our role fail with this SQLSTATE, one in `every`, wherever it writes. */
function failingWrites(name: SiteName, sqlstate: string, what: string, every: number, holdMs: number): Fault {
  return {
    kind: `${name}: ${what}`,
    touches: name === 'main' ? ['main'] : ['vector'],
    async inflict(world) {
      const site = world[name];
      // The queue's functions write on behalf of our role; only the rows of writers must not suffer.
      await site.query(`
        create or replace function public.fault() returns trigger language plpgsql as $$ begin
          if session_user = '${ROLES.program}' and random() < 1.0 / ${every} then
            raise exception 'a fault that the suite inflicts' using errcode = '${sqlstate}';
          end if;
          return null;
        end $$`);
      const tables = await tablesOf(site);
      for (const table of tables) {
        await site.query(`create or replace trigger fault after insert or update or delete on ${table}
          for each statement execute function public.fault()`);
      }
      await holdFor(world, holdMs);
      for (const table of tables) await site.query(`drop trigger if exists fault on ${table}`);
    },
  };
}

async function tablesOf(site: Site): Promise<string[]> {
  const rows = await site.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where format('%s.%s', schemaname, tablename) = any ($1) or schemaname = 'pgboss' and tablename ~ '^(job_common|j[0-9a-f]{10})'`,
    [WRITTEN[site.name]],
  );
  return rows.map(({ name }) => name);
}

function diskFull(name: SiteName): Fault {
  const byTrigger = failingWrites(name, '53100', 'disk full', 1, 1_500);
  return {
    ...byTrigger,
    async inflict(world) {
      const { disk } = world[name].cluster;
      if (disk === undefined) {
        await byTrigger.inflict(world);
        return;
      }
      disk.fill();
      await holdFor(world, 1_500);
      disk.empty();
    },
  };
}

/** Locks rows that runs lock, in the opposite order, again and again: Postgres has to pick a victim. */
function deadlocks(name: SiteName, statements: readonly string[]): Fault {
  return {
    kind: `${name}: deadlocks`,
    touches: [name],
    async inflict(world) {
      const end = performance.now() + 2_000;
      const client = new pg.Client({
        connectionString: world[name].cluster.url('admin'),
        application_name: 'stranger',
      });
      client.on('error', () => undefined);
      await client.connect();
      try {
        // The other one looks for the deadlock first, and so is the victim.
        await client.query(`set deadlock_timeout = '2s'`);
        while (performance.now() < end && !world.signal.aborted) {
          await client.query('begin');
          for (const statement of statements) {
            await client.query(statement).catch(() => undefined);
            await holdFor(world, 60);
          }
          await client.query('rollback');
        }
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}

export const STATEMENT_FAULTS: readonly Fault[] = [
  exhaustConnections('main'),
  exhaustConnections('vector'),
  diskFull('main'),
  diskFull('vector'),
  failingWrites('main', '40001', 'statements fail, serialisation', 3, 1_500),
  failingWrites('vector', '40P01', 'statements fail, deadlock', 3, 1_500),
  failingWrites('main', '58030', 'statements fail, I/O error', 3, 1_500),
  failingWrites('vector', '58030', 'statements fail, I/O error', 3, 1_500),
  // A run takes the status of its cabinet, then its chunks.
  deadlocks('vector', [
    `select from public.rag_metadata order by id desc limit 200 for update`,
    `select from public.rag_index_status for update`,
  ]),
  deadlocks('main', [
    `select from pgboss.job where state = 'active' for update`,
    `select from public.rag_changes for update`,
    `select from pgboss.job where state = 'created' for update`,
  ]),
];
