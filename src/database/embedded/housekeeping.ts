import type { WorkerLog } from './worker-log.ts';
import type { Select } from './select.ts';
import { isAppError, messageOf } from '../../errors.ts';
import { quoteIdentifier } from './sql-scanner.ts';
import type { WireServer } from './wire-server.ts';

/** PGlite never checkpoints by itself: its write-ahead log would grow, and the next start after a crash replay it all. */
const CHECKPOINT_WAL_BYTES = 64 * 1024 * 1024;
/** The pause between two steps of one round. */
const NEXT_STEP_MS = 10;
/** A statement this long kept all clients waiting, which is worth a line. */
const SLOW_MS = 1_000;

const SELECT_WAL_BYTES = `
  select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::bigint from pg_control_checkpoint()`;

/**
 * The thresholds are autovacuum's own defaults. The catalogs too: what makes and drops tables leaves its dead rows there; of
 * pg_statistic itself ANALYZE makes no statistics. The one that is furthest over its threshold comes first.
 */
const SELECT_TABLES_TO_VACUUM = `
  select schemaname, relname, n_dead_tup > 50 + 0.2 * n_live_tup or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup
  from pg_stat_all_tables
  where (n_dead_tup > 50 + 0.2 * n_live_tup
     or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup
     or n_mod_since_analyze > 50 + 0.1 * n_live_tup and relid <> 'pg_statistic'::regclass)
    and schemaname !~ '^pg_(toast|temp)'
  order by greatest(n_dead_tup, n_mod_since_analyze)::float8 / (50 + n_live_tup) desc
  limit 100`;

export interface Housekeeping {
  stop(): void;
}

/**
 * A single-user Postgres has no autovacuum and no checkpointer, so what they do is done here: one step at a time
 * between two clients' transactions, because everybody waits while it runs.
 */
export function startHousekeeping(server: WireServer, intervalMs: number, log: WorkerLog): Housekeeping {
  let timer = setTimeout(round, intervalMs).unref();
  /** Tables that this round has done. One that is over its thresholds all the same has to wait for the next. */
  const done = new Set<string>();

  function round(): void {
    let more = false;
    server.maintain(
      (select) => {
        try {
          more = keepHouse(select, log, done);
        } catch (error) {
          // The engine's end concerns the caller; a table dropped meanwhile, nobody.
          if (!isAppError(error, 'database_failed')) throw error;
          log('debug', `Housekeeping failed: ${messageOf(error)}`);
        }
      },
      () => {
        if (!more) done.clear();
        // The next table soon, but after those who came meanwhile.
        timer = setTimeout(round, more ? NEXT_STEP_MS : intervalMs).unref();
      },
    );
  }

  return { stop: () => clearTimeout(timer) };
}

/** One step. True when there is more to do. */
function keepHouse(select: Select, log: WorkerLog, done: Set<string>): boolean {
  // Without being told to, this backend keeps its statistics to itself.
  select('select pg_stat_force_next_flush()');
  const table = select(SELECT_TABLES_TO_VACUUM)
    .map(([schema, name, dead]) => ({
      name: `${quoteIdentifier(schema!)}.${quoteIdentifier(name!)}`,
      dead: dead === 't',
    }))
    .find(({ name }) => !done.has(name));
  const startedAt = performance.now();
  let statement: string | undefined;
  if (table !== undefined) {
    done.add(table.name);
    statement = `${table.dead ? 'vacuum (analyze)' : 'analyze'} ${table.name}`;
  } else if (Number(select(SELECT_WAL_BYTES)[0]?.[0] ?? 0) > CHECKPOINT_WAL_BYTES) {
    statement = 'checkpoint';
  }
  if (statement === undefined) return false;
  select(statement);
  const durationMs = Math.round(performance.now() - startedAt);
  log(durationMs > SLOW_MS ? 'info' : 'debug', `Housekeeping of the embedded Postgres: ${statement}`, {
    durationMs,
  });
  return table !== undefined;
}
