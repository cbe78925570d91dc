import type { FrontendMessage } from './frontend-reader.ts';
import { type BackendError, readString } from './messages.ts';
import { scanSql, type ScannedSql } from './statement-kinds.ts';

/**
 * What a client sends that the backend answers as a whole: one simple Query, the extended messages up to Sync, a
 * COPY with its rows. Nobody else is served in the middle of one.
 */
export type Unit =
  | { kind: 'query'; sql: string; bytes: Buffer; scanned: ScannedSql }
  /** The query, the messages with its rows, and the one that ends them. */
  | { kind: 'copy'; messages: Buffer[] }
  /** Without `synced` the client wants answers so far (Flush) and goes on after them. */
  | { kind: 'extended'; messages: FrontendMessage[]; synced: boolean; hints: UnitHints }
  | { kind: 'function-call'; bytes: Buffer }
  /** Not for the backend: answered with this error, and the transaction, if there is one, fails. */
  | { kind: 'refused'; error: BackendError; synced: boolean }
  /** The Sync that ends the messages skipped after an error of ours. */
  | { kind: 'sync-only' };

/** What has to be known of a unit's statements before it runs. */
export type UnitHints = Pick<ScannedSql, 'mayMakeTemporary' | 'asksForSessions'>;

const COPY_ALONE: BackendError = {
  severity: 'ERROR',
  code: '0A000',
  message: 'COPY FROM STDIN cannot be combined with other statements in the embedded Postgres',
  hint: 'Send COPY … FROM STDIN as a query of its own.',
};
const COPY_EXTENDED: BackendError = {
  severity: 'ERROR',
  code: '0A000',
  message: 'COPY FROM STDIN is not supported in the extended protocol of the embedded Postgres',
  hint: 'Send COPY … FROM STDIN as a simple query, without parameters.',
};
const COPY_PROGRAM: BackendError = {
  severity: 'ERROR',
  code: '0A000',
  message: 'COPY with PROGRAM is not supported by the embedded Postgres',
  hint: 'There are no other programs inside WebAssembly. Use COPY … FROM STDIN or TO STDOUT.',
};

export function queryUnit(message: FrontendMessage): Unit {
  const sql = readString(message.body, 0);
  const scanned = scanSql(sql);
  const refusal = refusalOf(scanned, 'query');
  return refusal === undefined
    ? { kind: 'query', sql, bytes: message.bytes, scanned }
    : { kind: 'refused', error: refusal, synced: true };
}

export function extendedUnit(messages: FrontendMessage[], synced: boolean): Unit {
  const hints: UnitHints = { mayMakeTemporary: false, asksForSessions: false };
  for (const { type, body } of messages) {
    if (type !== 'P') continue;
    const scanned = scanSql(parseSql(body));
    const refusal = refusalOf(scanned, 'extended');
    if (refusal !== undefined) return { kind: 'refused', error: refusal, synced };
    hints.mayMakeTemporary ||= scanned.mayMakeTemporary;
    hints.asksForSessions ||= scanned.asksForSessions;
  }
  return { kind: 'extended', messages, synced, hints };
}

/** The SQL of a Parse message. */
export function parseSql(body: Buffer): string {
  return readString(body, body.indexOf(0) + 1);
}

function refusalOf(scanned: ScannedSql, protocol: 'query' | 'extended'): BackendError | undefined {
  for (const statement of scanned.statements) {
    if (statement.kind === 'copy-program') return COPY_PROGRAM;
    if (statement.kind !== 'copy-in') continue;
    if (protocol === 'extended') return COPY_EXTENDED;
    if (scanned.statements.length > 1) return COPY_ALONE;
  }
  return undefined;
}

/** What a message takes beside its bytes: three objects, measured at about 260 bytes. */
export const KEPT_MESSAGE_BYTES = 256;

/** The memory that a unit takes while it waits for its turn. */
export function bytesOf(unit: Unit): number {
  switch (unit.kind) {
    case 'query':
    case 'function-call':
      return unit.bytes.length;
    case 'copy':
      return unit.messages.reduce((sum, { length }) => sum + length, 0);
    case 'extended':
      return unit.messages.reduce((sum, { bytes }) => sum + bytes.length + KEPT_MESSAGE_BYTES, 0);
    default:
      return 0;
  }
}

export function isSynced(unit: Unit): boolean {
  return unit.kind === 'extended' || unit.kind === 'refused' ? unit.synced : true;
}

export function protocolViolation(message: string): BackendError {
  return { severity: 'FATAL', code: '08P01', message };
}
