import type { FrontendMessage } from './frontend-reader.ts';
import type { BackendError } from './messages.ts';

const PROTOCOL_3 = 3;
/** Numbers that stand in the place of a protocol version; PostgreSQL's protocol documentation, "Message Formats". */
const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSS_ENCRYPTION_REQUEST = 80877104;

/** The one database there is: PGlite opens no other. */
const DATABASE = 'postgres';

export type StartupRequest =
  | { kind: 'encryption'; code: number }
  | { kind: 'cancel'; processId: number; secret: number }
  | {
      kind: 'startup';
      user: string;
      settings: Map<string, string>;
      newerProtocol: boolean;
      unknownOptions: string[];
      /** Why it cannot be; told to those only who have the password. */
      refusal: BackendError | undefined;
    }
  | { kind: 'refused'; error: BackendError };

/** Settings of the startup packet that need nothing done: they say who connects, or what is so anyway. */
const NOT_SETTINGS = new Set(['user', 'database', 'replication', 'options']);

export function readStartup(packet: FrontendMessage): StartupRequest {
  const code = packet.body.readInt32BE(0);
  if (code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST) return { kind: 'encryption', code };
  if (code === CANCEL_REQUEST && packet.body.length >= 12) {
    return { kind: 'cancel', processId: packet.body.readInt32BE(4), secret: packet.body.readInt32BE(8) };
  }
  if (code >>> 16 !== PROTOCOL_3) {
    return refuse(
      '0A000',
      `unsupported frontend protocol ${code >>> 16}.${code & 0xffff}: server supports 3.0`,
    );
  }
  const parameters = readParameters(packet.body.subarray(4));
  if (parameters === undefined)
    return refuse('08P01', 'invalid startup packet layout: expected terminator as last byte');
  return readSession(parameters, (code & 0xffff) > 0);
}

function readSession(parameters: Map<string, string>, newerProtocol: boolean): StartupRequest {
  const user = parameters.get('user') ?? '';
  if (user === '') return refuse('28000', 'no PostgreSQL user name specified in startup packet');
  const replication = parameters.get('replication') ?? 'false';
  if (!['false', 'off', 'no', '0', ''].includes(replication.toLowerCase())) {
    return refuse('0A000', 'the embedded Postgres does not support replication connections');
  }
  const settings = new Map<string, string>(commandLineSettings(parameters.get('options') ?? ''));
  const unknownOptions: string[] = [];
  for (const [name, value] of parameters) {
    if (name.startsWith('_pq_.')) unknownOptions.push(name);
    else if (!NOT_SETTINGS.has(name)) settings.set(name, value);
  }
  const applicationName = settings.get('application_name');
  if (applicationName !== undefined) settings.set('application_name', cleanName(applicationName));
  if (/^'?utf-?8'?$/i.test(settings.get('client_encoding') ?? '')) settings.delete('client_encoding');
  return {
    kind: 'startup',
    user,
    settings,
    newerProtocol,
    unknownOptions,
    refusal: refusalOf(parameters.get('database') ?? user),
  };
}

function refusalOf(database: string): BackendError | undefined {
  if (database === DATABASE) return undefined;
  return {
    severity: 'FATAL',
    code: '3D000',
    message: `database "${database}" does not exist`,
    hint: `The embedded Postgres has one database, "${DATABASE}".`,
  };
}

/** As the server keeps an application_name: printable ASCII only, and no longer than any name. */
function cleanName(name: string): string {
  const printable = name.replace(/[^ -~]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return printable.slice(0, 63);
}

/** Pairs of zero-terminated strings, ended by an empty one. */
function readParameters(body: Buffer): Map<string, string> | undefined {
  if (body.at(-1) !== 0) return undefined;
  const parameters = new Map<string, string>();
  const strings = body.toString('utf8').split('\0');
  for (let at = 0; strings[at] !== '' && at + 1 < strings.length; at += 2)
    parameters.set(strings[at]!, strings[at + 1]!);
  return parameters;
}

/** `-c name=value`, `-cname=value` and `--name=value`, where a backslash keeps a space from ending the word. */
function commandLineSettings(options: string): [string, string][] {
  const words = [...options.matchAll(/(?:\\.|[^\s\\])+/gs)].map(([text]) => text.replace(/\\(.)/gs, '$1'));
  const settings: [string, string][] = [];
  for (let at = 0; at < words.length; at += 1) {
    const text = words[at] === '-c' ? words[++at] : words[at]?.replace(/^(?:--|-c)/, '');
    const equals = text?.indexOf('=') ?? -1;
    if (text !== undefined && equals > 0)
      settings.push([text.slice(0, equals).replaceAll('-', '_'), text.slice(equals + 1)]);
  }
  return settings;
}

function refuse(code: string, message: string): StartupRequest {
  return { kind: 'refused', error: { severity: 'FATAL', code, message } };
}
