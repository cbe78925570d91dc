import type { Executor } from './pool.ts';

/** What the schema, its triggers and its types are tested with: docs/postgres.md, "Requirements". */
const MIN_VERSION_NUMBER = 150_000;
const MIN_VECTOR_VERSION = { major: 0, minor: 8 };

/** What decides whether a database can be ours, whoever connects and however the session is set. */
export interface ServerFacts {
  /** As `server_version_num`, 150020. */
  versionNumber: number;
  version: string;
  encoding: string;
  /** A standby: it replays what its primary writes. */
  inRecovery: boolean;
  /** This session only reads: a standby, or default_transaction_read_only is on. */
  readOnly: boolean;
  hasPublicSchema: boolean;
  user: string;
}

const SERVER_FACTS = `
select current_setting('server_version_num')::int4 as "versionNumber", split_part(current_setting('server_version'), ' ', 1) as version,
  current_setting('server_encoding') as encoding, pg_is_in_recovery() as "inRecovery",
  current_setting('transaction_read_only')::boolean as "readOnly", to_regnamespace('public') is not null as "hasPublicSchema",
  quote_ident(current_user) as "user"`;

/** Reads only; needs nothing of a session's settings. */
export async function readServerFacts(executor: Pick<Executor, 'query'>): Promise<ServerFacts> {
  const { rows } = await executor.query<ServerFacts>(SERVER_FACTS);
  return rows[0]!;
}

export interface Obstacle {
  /** Begins with a verb: what the database is or has. */
  detail: string;
  /** A sentence: what a person does about it. */
  remedy: string;
}

/** Why the program cannot work in a database, if so. `variable` is where its URL came from. */
export function findObstacle(
  facts: ServerFacts,
  variable: 'DATABASE_URL' | 'RAG_DATABASE_URL',
): Obstacle | undefined {
  if (facts.versionNumber < MIN_VERSION_NUMBER)
    return {
      detail: `is Postgres ${facts.version}; 15 or newer is needed`,
      remedy: `Upgrade the server, or point ${variable} to another.`,
    };
  if (facts.encoding !== 'UTF8')
    return {
      detail: `has the encoding ${facts.encoding}; what sellers and buyers write needs UTF8`,
      remedy:
        "Make a database for the program (create database wb_assist encoding 'UTF8' template template0;) and point " +
        `${variable} to it. One that exists is copied there by pg_dump and pg_restore.`,
    };
  if (facts.inRecovery)
    return {
      detail: 'only reads: it is a standby',
      remedy: `Point ${variable} to the primary, or promote this server (select pg_promote();).`,
    };
  if (facts.readOnly)
    return {
      detail: 'only reads: default_transaction_read_only is on',
      remedy: `Switch it off for this role (alter role ${facts.user} set default_transaction_read_only = off;), or point ${variable} to a database that takes writes.`,
    };
  if (!facts.hasPublicSchema)
    return {
      detail: 'has no schema public, where all tables of the program are',
      remedy: `In that database: create schema public authorization ${facts.user};`,
    };
  return undefined;
}

export interface VectorExtension {
  /** Version in the database. */
  installed: string | null;
  /** Version on the server's disk. */
  available: string | null;
}

const VECTOR_EXTENSION = `
select (select extversion from pg_extension where extname = 'vector') as installed,
  (select default_version from pg_available_extensions where name = 'vector') as available`;

/** Reads only. */
export async function readVectorExtension(executor: Pick<Executor, 'query'>): Promise<VectorExtension> {
  const { rows } = await executor.query<VectorExtension>(VECTOR_EXTENSION);
  return rows[0]!;
}

/** pgvector 0.8 brought iterative scans and is what the schema is tested with; halfvec came with 0.7. */
export function isVectorRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (
    major > MIN_VECTOR_VERSION.major ||
    (major === MIN_VECTOR_VERSION.major && minor >= MIN_VECTOR_VERSION.minor)
  );
}
