/**
 * The few messages of the Postgres wire protocol (version 3) that this server writes itself. Every one is a type
 * byte, a length that counts itself, and a body; strings end with a zero byte.
 */

/** What `ReadyForQuery` says: idle, in a transaction, in a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E';

export interface BackendError {
  severity: 'ERROR' | 'FATAL' | 'WARNING';
  /** SQLSTATE. */
  code: string;
  message: string;
  detail?: string;
  hint?: string;
}

export function buildMessage(type: string, ...body: (string | Buffer)[]): Buffer {
  const parts = body.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([messageHeader(type, length), ...parts]);
}

export function messageHeader(type: string, bodyLength: number): Buffer {
  const header = Buffer.allocUnsafe(5);
  header[0] = type.charCodeAt(0);
  header.writeInt32BE(bodyLength + 4, 1);
  return header;
}

export function authenticationSasl(mechanism: string): Buffer {
  return buildMessage('R', int32(10), mechanism, Buffer.of(0));
}

export function authenticationSaslContinue(message: string): Buffer {
  return buildMessage('R', int32(11), Buffer.from(message));
}

export function authenticationSaslFinal(message: string): Buffer {
  return buildMessage('R', int32(12), Buffer.from(message));
}

export const authenticationOk = buildMessage('R', int32(0));
export const sync = buildMessage('S');

export function parameterStatus(name: string, value: string): Buffer {
  return buildMessage('S', name, value);
}

export function backendKeyData(processId: number, secret: number): Buffer {
  return buildMessage('K', int32(processId), int32(secret));
}

export function readyForQuery(status: TransactionStatus): Buffer {
  return buildMessage('Z', Buffer.from(status));
}

export function errorResponse(error: BackendError): Buffer {
  return report('E', error);
}

export function noticeResponse(notice: BackendError): Buffer {
  return report('N', notice);
}

function report(type: 'E' | 'N', error: BackendError): Buffer {
  const fields = [`S${error.severity}`, `V${error.severity}`, `C${error.code}`, `M${error.message}`];
  if (error.detail !== undefined) fields.push(`D${error.detail}`);
  if (error.hint !== undefined) fields.push(`H${error.hint}`);
  return buildMessage(type, ...fields, Buffer.of(0));
}

/** Tells a client that asked for a newer minor version, or for options of the protocol, what it gets instead. */
export function negotiateProtocolVersion(unknownOptions: readonly string[]): Buffer {
  return buildMessage('v', int32(3 << 16), int32(unknownOptions.length), ...unknownOptions);
}

export function notificationResponse(processId: number, channel: string, payload: string): Buffer {
  return buildMessage('A', int32(processId), channel, payload);
}

/** `columns` may be 0 where the statement names none: clients read it only to print it. */
export function copyInResponse(binary: boolean, columns: number): Buffer {
  const format = binary ? 1 : 0;
  const body = Buffer.alloc(3 + columns * 2);
  body[0] = format;
  body.writeInt16BE(columns, 1);
  for (let column = 0; column < columns; column += 1) body.writeInt16BE(format, 3 + column * 2);
  return buildMessage('G', body);
}

export function query(sql: string): Buffer {
  return buildMessage('Q', sql);
}

export function closeStatement(name: string): Buffer {
  return buildMessage('C', Buffer.from('S'), name);
}

/** The zero-terminated string at `offset` of a message body. */
export function readString(body: Buffer, offset: number): string {
  const end = body.indexOf(0, offset);
  return body.toString('utf8', offset, end === -1 ? body.length : end);
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}
