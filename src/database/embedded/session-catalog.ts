import type { Select } from './select.ts';
import { PROCESS_ID_SETTING, type SessionState } from './session-state.ts';
import { quoteLiteral } from './sql-scanner.ts';
import { parseSql, type Unit } from './unit.ts';

/** Every session, as JSON: told to the one that asks, when it asks. */
const SESSIONS_SETTING = 'wb_assist.sessions';

/** Errors of our own making, by which a function in the engine tells the server outside of it what to do. */
export const SIGNAL_BY_SQLSTATE: Record<string, SessionSignal['kind']> = {
  WB001: 'cancel',
  WB002: 'terminate',
};

/** As track_activity_query_size of a server, in characters. */
const SHOWN_QUERY_LENGTH = 1024;

/** What one session asks to be done to another. */
export interface SessionSignal {
  kind: 'cancel' | 'terminate';
  processId: number;
}

const SELECT_IS_SET_UP = `
  select count(*) from pg_proc where proname = 'pg_backend_pid' and oid >= 16384`;

const signal = (name: string, parameters: string, code: string) => `
  create function pg_catalog.${name}(${parameters}) returns boolean language plpgsql strict volatile parallel restricted
  set search_path = pg_catalog, pg_temp as $signal$
  begin
    if not exists (select from jsonb_array_elements(coalesce(nullif(current_setting('${SESSIONS_SETTING}', true), ''), '[]')::jsonb) s
                   where (s->>'pid')::int = pid) then
      raise warning 'PID % is not a PostgreSQL backend process', pid;
      return false;
    end if;
    -- INFO reaches the server whatever the client's client_min_messages says.
    raise info using errcode = '${code}', message = pid;
    return true;
  end $signal$`;

/**
 * One backend has one pid and knows of no other, so what Postgres' own functions and pg_stat_activity say of sessions would be
 * said of all at once. In their place, under their names: a session's own number, the list of sessions, and signals that the
 * wire server carries out. The engine's own go on under other names, since views and pg_dump refer to them by number.
 */
const SET_UP = `
  begin;
  set local allow_system_table_mods = on;
  alter function pg_catalog.pg_backend_pid() rename to pg_engine_pid;
  create function pg_catalog.pg_backend_pid() returns int language sql stable parallel restricted as
    $pid$ select coalesce(nullif(pg_catalog.current_setting('${PROCESS_ID_SETTING}', true), ''), '0')::pg_catalog.int4 $pid$;
  alter function pg_catalog.pg_cancel_backend(int) rename to pg_engine_cancel;
  alter function pg_catalog.pg_terminate_backend(int, bigint) rename to pg_engine_terminate;
  ${signal('pg_cancel_backend', 'pid int', 'WB001')};
  ${signal('pg_terminate_backend', 'pid int, timeout bigint default 0', 'WB002')};
  create or replace view pg_catalog.pg_stat_activity as
  select a.datid, d.datname, s.pid, a.leader_pid, r.oid as usesysid, r.rolname as usename, s.application_name,
    s.client_addr, a.client_hostname, s.client_port, s.backend_start, a.xact_start, a.query_start, a.state_change,
    s.wait_event_type, s.wait_event, s.state, a.backend_xid, a.backend_xmin, a.query_id,
    s.query, 'client backend'::text as backend_type
  from pg_catalog.pg_stat_get_activity(pg_catalog.pg_engine_pid()) a
  cross join pg_catalog.jsonb_to_recordset(coalesce(nullif(pg_catalog.current_setting('${SESSIONS_SETTING}', true), ''), '[]')::jsonb) as
    s (pid int, application_name text, client_addr inet, client_port int, backend_start timestamptz, wait_event_type text, wait_event text, state text, query text)
  left join pg_catalog.pg_database d on d.oid = a.datid
  left join pg_catalog.pg_roles r on r.rolname = session_user;
  commit`;

/** As the superuser, before any client. */
export function setUpSessionCatalog(select: Select): void {
  if (select(SELECT_IS_SET_UP)[0]?.[0] === '0') select(SET_UP);
}

/** The statement that tells a session of all. SET and not a SELECT: in a transaction whose first statement sets its isolation, that would be too early. */
export function tellSessions(sessions: Iterable<SessionState>, asking: SessionState): string {
  const list = [...sessions].map((session) => ({
    pid: session.processId,
    application_name: session.reported.get('application_name') ?? '',
    client_addr: '127.0.0.1',
    client_port: session.clientPort,
    backend_start: session.startedAt.toISOString(),
    state: session === asking ? 'active' : session.dropped ? 'idle in transaction (aborted)' : 'idle',
    query: session.lastQuery,
  }));
  return `set ${SESSIONS_SETTING} = ${quoteLiteral(JSON.stringify(list))}`;
}

/** What pg_stat_activity shows of a unit; undefined: it has no text of its own. */
export function shownQuery(unit: Unit): string | undefined {
  const last = unit.kind === 'extended' ? unit.messages.findLast(({ type }) => type === 'P') : undefined;
  const sql = unit.kind === 'query' ? unit.sql : last === undefined ? undefined : parseSql(last.body);
  // Half a character would be no JSON.
  return sql?.slice(0, SHOWN_QUERY_LENGTH).toWellFormed();
}
