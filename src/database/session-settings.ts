import type pg from 'pg';
import { AppError } from '../errors.ts';
import { isTransactionPooled } from './pooler.ts';

interface SessionSetting {
  name: string;
  value: string;
  /** Another value makes answers wrong. Of the others it makes them late, or breaks a connection that has to be made anew. */
  matters: boolean;
}

/**
 * What every session of ours is set to, whatever the server, the database or the role says: how values are written as text and
 * read from it, and where names are looked for. Neither `pg` nor our statements know other forms. Not among them is what an
 * operator limits on purpose (statement_timeout, work_mem, default_transaction_read_only), and lc_messages, which only a
 * superuser may set: messages of the server are shown and never read.
 */
const SESSION_SETTINGS: readonly SessionSetting[] = [
  { name: 'client_encoding', value: 'UTF8', matters: true },
  { name: 'DateStyle', value: 'ISO, MDY', matters: true },
  { name: 'IntervalStyle', value: 'postgres', matters: true },
  { name: 'TimeZone', value: 'UTC', matters: false },
  { name: 'bytea_output', value: 'hex', matters: true },
  // Below 1, numbers are rounded to 15 digits and fewer.
  { name: 'extra_float_digits', value: '1', matters: true },
  { name: 'standard_conforming_strings', value: 'on', matters: true },
  { name: 'array_nulls', value: 'on', matters: true },
  { name: 'transform_null_equals', value: 'off', matters: true },
  // Claims of changes and leases rest on seeing what others have just committed.
  { name: 'default_transaction_isolation', value: 'read committed', matters: true },
  { name: 'default_transaction_deferrable', value: 'off', matters: false },
  { name: 'exit_on_error', value: 'off', matters: false },
  { name: 'idle_session_timeout', value: '0', matters: false },
  // Postgres compiles statements that it expects to be expensive, as a search of some 50 000 chunks is: 20 to 120 ms each time,
  // measured, of which the statement gives nothing back.
  { name: 'jit', value: 'off', matters: false },
];

const SET_ALL = [
  ...SESSION_SETTINGS.map(({ name, value }) => `set ${name} = '${value}'`),
  'set search_path = public',
].join('; ');

/**
 * Who serves this session, and where pgvector lives: `create extension` puts it into the schema that its caller looks in
 * first, and some hosts into one of its own. Reads only.
 */
const READ_SESSION = `
  select pg_backend_pid() as "processId", (
    select quote_ident(n.nspname) from pg_catalog.pg_extension e
    join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'vector' and n.nspname not in ('public', 'pg_catalog')
  ) as "vectorSchema"`;

interface SessionFacts {
  processId: number;
  vectorSchema: string | null;
}

/** What a session has that nobody set for it. Reads only. */
const READ_SETTINGS = `
  select s.name, s.setting as value from pg_catalog.pg_settings s
  union all
  select 'halfvec', coalesce(pg_catalog.to_regtype('halfvec')::text, '')
  union all
  select 'current_schema', coalesce(pg_catalog.current_schema()::text, '')`;

/** A connection that `pg` has made. Its types do not have the number, which comes with the key to cancel a statement. */
type Session = Pick<pg.Client, 'query' | 'host' | 'port' | 'database'> & { processID?: number | null };

/**
 * Sets a fresh connection to what our statements rest on; the one place for it. A connection that comes through a pooler in
 * transaction mode keeps no setting, and what is set would stay with a stranger: it is looked whether all is as it has to be.
 *
 * Only connections that listen (pg-listen, pg-boss) are not set: they read names of channels and texts of ours.
 *
 * @returns whether statements of this connection may be served by another session each
 * @throws AppError `database_unsuitable` behind such a pooler, when its sessions have other settings; an error of `pg`
 */
export async function setUpSession(
  client: Session,
  connect: () => pg.Client,
): Promise<{ transactionPooled: boolean }> {
  const { rows } = await client.query<SessionFacts>(READ_SESSION);
  const { processId, vectorSchema } = rows[0]!;
  const server = `${client.host}:${client.port}/${client.database ?? ''}`;
  // A pooler makes up the number that it gives its clients.
  if (client.processID !== processId && (await isTransactionPooled(server, connect))) {
    await requireSettings(client, server);
    return { transactionPooled: true };
  }
  const path = vectorSchema === null ? '' : `; set search_path = public, ${vectorSchema}`;
  await client.query(`${SET_ALL}${path}`);
  return { transactionPooled: false };
}

async function requireSettings(client: Session, server: string): Promise<void> {
  const { rows } = await client.query<{ name: string; value: string }>(READ_SETTINGS);
  const found = new Map(rows.map(({ name, value }) => [name.toLowerCase(), value]));
  const wrong = SESSION_SETTINGS.filter(
    ({ name, value, matters }) => matters && !isAsGood(name, found.get(name.toLowerCase()) ?? '', value),
  ).map(({ name, value }) => `set ${name} = '${value}'`);
  // Without pgvector there are no migrations yet, and that is what the program says.
  if (found.get('current_schema') !== 'public') wrong.push('set search_path = public');
  if (wrong.length === 0) return;
  throw new AppError(
    'database_unsuitable',
    `${server} is reached through a pooler in transaction mode, which keeps no settings of ours, and the sessions behind it are set otherwise than the program needs. ${wrong
      .map((setting) => `Run there: alter role current_user ${setting};`)
      .join(' ')} Then restart the pooler, or use the URL of the server itself.`,
  );
}

function isAsGood(name: string, found: string, wanted: string): boolean {
  if (name === 'DateStyle') return found.startsWith('ISO');
  if (name === 'extra_float_digits') return Number(found) >= 1;
  return found === wanted;
}
