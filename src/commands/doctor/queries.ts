import type { Executor } from '../../database/pool.ts';

export interface TriggerState {
  name: string;
  table: string;
  function: string;
  /** `pg_trigger.tgenabled`: O fires, D is disabled, R fires for replication only, A always fires. */
  enabled: string;
}

const TRIGGERS = `
select t.tgname as name, c.relname as "table", p.proname as function, t.tgenabled::text as enabled
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_proc p on p.oid = t.tgfoid
where c.relnamespace = 'public'::regnamespace and not t.tgisinternal`;

/** Reads only. */
export async function readTriggers(executor: Executor): Promise<TriggerState[]> {
  const { rows } = await executor.query<TriggerState>(TRIGGERS);
  return rows;
}

const FUNCTIONS = `
select proname as name, prosrc as body, prosecdef as "securityDefiner"
from pg_proc where pronamespace = 'public'::regnamespace and proname = any ($1::text[])`;

/** Reads only. */
export async function readFunctions(
  executor: Executor,
  names: readonly string[],
): Promise<{ name: string; body: string; securityDefiner: boolean }[]> {
  const { rows } = await executor.query<{ name: string; body: string; securityDefiner: boolean }>(FUNCTIONS, [
    names,
  ]);
  return rows;
}

const REPLICA_ROLES = `
select coalesce('role ' || r.rolname, 'all roles') as role, coalesce('database ' || d.datname, 'all databases') as database
from pg_db_role_setting s
left join pg_roles r on r.oid = s.setrole
left join pg_database d on d.oid = s.setdatabase
where 'session_replication_role=replica' = any (s.setconfig) and (s.setdatabase = 0 or d.datname = current_database())`;

/** For whom triggers are off by default in this database. Reads only. */
export async function readReplicaRoles(executor: Executor): Promise<{ role: string; database: string }[]> {
  const { rows } = await executor.query<{ role: string; database: string }>(REPLICA_ROLES);
  return rows;
}
