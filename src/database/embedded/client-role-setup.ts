import type { Select } from './select.ts';
import { CLIENT_ROLE } from './client-role.ts';
import { setUpSessionCatalog } from './session-catalog.ts';

/**
 * What the role may beyond its own database. Vacuum and checkpoint are what a server's background processes do
 * (housekeeping.ts); `session_replication_role` lets a restore put its rows in without triggers, as their owner could by
 * ALTER TABLE anyway.
 */
const GRANTS = `
  grant pg_maintain, pg_checkpoint, pg_read_all_stats, pg_read_all_settings to ${CLIENT_ROLE};
  grant set on parameter session_replication_role to ${CLIENT_ROLE};
  alter database postgres owner to ${CLIENT_ROLE}`;

const SELECT_EXISTS = `select count(*) from pg_roles where rolname = '${CLIENT_ROLE}'`;

/** PGlite's pgvector is not a trusted extension, so its clients could neither make it nor bring it up to date. */
const SELECT_VECTOR_UPDATE = `
  select installed_version is null from pg_available_extensions
  where name = 'vector' and installed_version is distinct from default_version`;

/**
 * A database of an earlier version belongs to the superuser that everybody was then. REASSIGN OWNED refuses to take anything
 * from that one. Members of extensions stay its own; a sequence goes with its table's column.
 */
const REASSIGN = `
  do $reassign$
  declare statement text;
  begin
    for statement in
      select format('alter schema %I owner to ${CLIENT_ROLE}', nspname) from pg_namespace
      where nspowner = 10 and nspname !~ '^pg_' and nspname <> 'information_schema'
      union all
      select format('alter %s %s owner to ${CLIENT_ROLE}',
        case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
          when 'f' then 'foreign table' else 'table' end, oid::regclass)
      from pg_class c
      where relowner = 10 and relkind in ('r', 'p', 'v', 'm', 'f', 'S') and oid >= 16384
        and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid
          and (deptype = 'e' or relkind = 'S' and deptype in ('a', 'i')))
      union all
      select format('alter routine %s owner to ${CLIENT_ROLE}', oid::regprocedure) from pg_proc p
      where proowner = 10 and oid >= 16384
        and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
      union all
      select format('alter type %s owner to ${CLIENT_ROLE}', oid::regtype) from pg_type t
      where typowner = 10 and typtype in ('d', 'e', 'r') and oid >= 16384
        and not exists (select from pg_depend where classid = 'pg_type'::regclass and objid = t.oid and deptype in ('i', 'e'))
    loop
      execute statement;
    end loop;
  end $reassign$`;

/** As the superuser, before any client: makes the role, and gives it what databases of earlier versions hold. */
export function setUpClientRole(select: Select): void {
  // Names of somebody else's making must not decide what runs with these rights.
  select(`set search_path = pg_catalog, pg_temp`);
  if (select(SELECT_EXISTS)[0]?.[0] === '0') {
    select(`begin; create role ${CLIENT_ROLE} login createrole; ${GRANTS}; ${REASSIGN}; commit`);
  }
  const vector = select(SELECT_VECTOR_UPDATE)[0]?.[0];
  if (vector === 't') select('create extension vector schema public');
  if (vector === 'f') select('alter extension vector update');
  setUpSessionCatalog(select);
  select('reset search_path');
}
