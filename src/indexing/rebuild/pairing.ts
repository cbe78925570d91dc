import type { Database, Executor } from '../../database/pool.ts';
import { ensureRebuildJob, type RequestRebuildDeps } from './request-rebuild.ts';
import { restartRebuild } from './queries.ts';
import { requestRebuildOfAll } from './weekly.ts';

/** Which databases belong together, as they were when the index was last known to be of these rows. */
interface Pairing {
  main: string;
  vector: string;
}

/**
 * Names a database as no copy of it is named: a dump is restored into a database with another number, a server that is set up
 * anew has another identifier, and one that was promoted, or recovered to a point in time, is on another timeline.
 */
const READ_DATABASE = `
select (select system_identifier from pg_control_system())::text || '/'
  || (select oid from pg_database where datname = current_database())::text || '/'
  || (select timeline_id from pg_control_checkpoint())::text as name`;

/** Reads only. */
async function readDatabase(executor: Executor): Promise<string> {
  const { rows } = await executor.query<{ name: string }>(READ_DATABASE);
  return rows[0]!.name;
}

const READ_PAIRING = `select main_database as main, vector_database as vector from public.rag_pairing`;

/** Reads only. */
async function readPairing(executor: Executor): Promise<Pairing | undefined> {
  const { rows } = await executor.query<Pairing>(READ_PAIRING);
  return rows[0];
}

const WRITE_PAIRING = `
insert into public.rag_pairing (main_database, vector_database) values ($1::text, $2::text)
on conflict (only_row) do update
set main_database = excluded.main_database, vector_database = excluded.vector_database, updated_at = excluded.updated_at`;

type Executors = Record<'main' | 'vector', Executor>;

async function readDatabases({ main, vector }: Executors): Promise<Pairing> {
  return { main: await readDatabase(main), vector: await readDatabase(vector) };
}

/** Records that these two belong together, as they are now. Repeating it changes nothing. */
export async function recordPairing(executors: Executors): Promise<void> {
  await writePairing(executors.vector, await readDatabases(executors));
}

/** Repeating it changes nothing. */
async function writePairing(executor: Executor, { main, vector }: Pairing): Promise<void> {
  await executor.query(WRITE_PAIRING, [main, vector]);
}

const WAITS_FOR_COMPARISON =
  'All rows are compared with the index, because a database was restored or replaced.';

const NOTE_COMPARISON = `
insert into public.rag_index_status (cabinet_id, indexing_status, last_error, texts_version)
values ($1::bigint, 'pending', $2::text, $3::text)
on conflict (cabinet_id) do update
set indexing_status = 'pending', last_error = excluded.last_error, updated_at = clock_timestamp()
where rag_index_status.indexing_status <> 'in_progress'`;

/**
 * Notices that one of the databases is another one than the index was built with: restored from a dump, a new and empty one, a
 * standby that was promoted. What changed in between is in no outbox, so every cabinet is compared, and says `pending` until it
 * is. Recorded only after all of that was asked for: whoever dies on the way has it asked for again.
 *
 * @returns whether it was so
 */
export async function followRestore(
  deps: RequestRebuildDeps,
  { textsVersion }: { textsVersion: string },
): Promise<boolean> {
  const { main, vector, log } = deps;
  const known = await readPairing(vector.pool);
  const found = await readDatabases({ main: main.pool, vector: vector.pool });
  if (known?.main === found.main && known.vector === found.vector) return false;
  const requested = await requestRebuildOfAll(deps, 'restore');
  for (const { rebuild, joined } of requested) {
    // One that was under way in the dump has compared rows of then.
    const restarted = joined ? await restartRebuild(vector.pool, rebuild, 'restore') : undefined;
    if (restarted !== undefined) await ensureRebuildJob(deps, restarted);
    await vector.pool.query(NOTE_COMPARISON, [rebuild.cabinetId, WAITS_FOR_COMPARISON, textsVersion]);
  }
  // What was found, not what is there by now: one that was promoted meanwhile is news to the next look.
  await writePairing(vector.pool, found);
  if (requested.length > 0)
    log.warn(
      { cabinets: requested.length, known, found },
      `${sayWhat({ main, vector }, known, found)}: ${requested.length} cabinets are compared with the index`,
    );
  return requested.length > 0;
}

function sayWhat(
  { main, vector }: Record<'main' | 'vector', Database>,
  known: Pairing | undefined,
  found: Pairing,
): string {
  if (known === undefined) return `${vector.label} has no record of the rows that its index is of`;
  const changed = [
    ...(known.main === found.main ? [] : [main.label]),
    ...(known.vector === found.vector ? [] : [vector.label]),
  ];
  const which = [...new Set(changed)].join(' and ');
  return `${which} was restored, replaced or promoted since the index was last written`;
}
