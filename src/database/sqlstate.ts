import { AppError, messageOf } from '../errors.ts';

/** What a failure of Postgres, or of the way to it, calls for. */
export type DatabaseFault = 'unreachable' | 'refused' | 'busy' | 'failed';

/** Node's dialler and socket codes: the server was not there, or the connection to it broke. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** `pg` reports a lost or late connection by text alone: it gives these no code. */
const CODELESS_CONNECTION_ERRORS =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout)/;

/** `pg` gives up by itself when the server asks for a password and the URL has none, or has no TLS and the URL asks for it. */
const CODELESS_REFUSALS = /^(SASL: .*client password must be|The server does not support SSL)/;

/** What Node and OpenSSL say when client and server cannot agree on TLS or on a certificate. */
const TLS_CODES = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY))/;

/**
 * 08 connection; 25006 read-only (a standby after a failover), 25P03 and 25P04 a transaction that stood still for too long
 * (its process was paused); 40 rollback (serialisation, deadlock); 53 resources; 55006 object in use, 55P03 lock timeout;
 * 57 operator intervention; 58 errors of the system beneath (I/O), which work waits out like a full disk.
 */
const PASSING = /^(08|25006|25P0[34]|40|53|55006|55P03|57|58)/;

function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return error.errors.map(codeOf).find((code) => code !== undefined);
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return undefined;
}

/**
 * Classifies an error of `pg` by SQLSTATE (https://www.postgresql.org/docs/18/errcodes-appendix.html); `undefined` when
 * it did not come from the database.
 */
export function databaseFaultOf(error: unknown): DatabaseFault | undefined {
  const code = codeOf(error);
  if (code === undefined) {
    if (!(error instanceof Error)) return undefined;
    if (CODELESS_REFUSALS.test(error.message)) return 'refused';
    return CODELESS_CONNECTION_ERRORS.test(error.message) ? 'busy' : undefined;
  }
  if (NETWORK_CODES.has(code)) return 'unreachable';
  if (TLS_CODES.test(code)) return 'refused';
  // No SQLSTATE begins with E; Node's own EPERM, EBUSY and the like do.
  if (!/^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code)) return undefined;
  if (code.startsWith('28') || code === '3D000') return 'refused';
  if (code === '57P03') return 'unreachable'; // starting up or shutting down
  return PASSING.test(code) ? 'busy' : 'failed';
}

/** Turns an error of `pg` into an `AppError` that says which database and what to do; others pass unchanged. */
export function toDatabaseError(error: unknown, database: string): unknown {
  if (error instanceof AppError) return error;
  const details = { database, sqlstate: codeOf(error) };
  const reason = messageOf(error);
  switch (databaseFaultOf(error)) {
    case 'unreachable':
      return new AppError(
        'database_unreachable',
        `${database} does not answer: ${reason}. Is the server running, and is the URL right?`,
        { cause: error, details },
      );
    case 'refused':
      return new AppError(
        'database_refused',
        `${database} refused the connection: ${reason}. Check user, password, database name and TLS settings (sslmode) in the URL.`,
        { cause: error, details },
      );
    case 'busy':
      return new AppError('database_busy', `${database}: ${reason}`, { cause: error, details });
    case 'failed':
      return new AppError('database_failed', `${database}: ${reason}`, { cause: error, details });
    case undefined:
      return error;
  }
}
