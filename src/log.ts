import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';

export type Log = Logger;

export interface LogOptions {
  level: string;
  /** `json`: one object a line, for collectors. `pretty`: for a person at a terminal. */
  format: 'json' | 'pretty';
  /** Where the lines go; stdout unless told. */
  destination?: DestinationStream;
}

/** Fields that may hold a secret, at the top and up to two levels down. Their values never reach a log line. */
const SECRET_FIELDS = [
  'api_key',
  'apiKey',
  'authorization',
  'Authorization',
  'password',
  'API_SECRET_KEY',
  'OPENAI_API_KEY',
  'WB_TOKEN_KEY',
];

/** What Postgres adds to an error quotes whole rows ("Failing row contains …"), so also what is secret in them. */
function serializeError(error: Error): object {
  const {
    detail: _detail,
    where: _where,
    ...rest
  } = stdSerializers.err(error) as unknown as Record<string, unknown>;
  return rest;
}

/**
 * The log of one process. The text of a message is a stable contract (docs/logs.md lists the lines that
 * people and their tools look for); its data stands in fields beside it.
 */
export function createLog(options: LogOptions): Log {
  const destination =
    options.format === 'pretty'
      ? pretty({
          destination: options.destination ?? 1,
          sync: true,
          singleLine: true,
          ignore: 'pid,hostname',
          translateTime: 'SYS:HH:MM:ss.l',
        })
      : (options.destination ?? pino.destination({ fd: 1, sync: true }));
  return pino(
    {
      level: options.level,
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[hidden]',
      },
      serializers: { err: serializeError },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'msg',
    },
    destination,
  );
}

/** A log that keeps nothing: for commands that print their own output. */
export function silentLog(): Log {
  return pino({ level: 'silent' });
}
