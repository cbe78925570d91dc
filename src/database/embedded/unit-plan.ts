import type { FrontendMessage } from './frontend-reader.ts';
import { buildMessage, query, readString } from './messages.ts';
import type { SessionState } from './session-state.ts';
import { renameStatements, scanSql, type ScannedSql, type StatementKind } from './statement-kinds.ts';
import { parseSql, type Unit } from './unit.ts';

/** A unit as the shared backend gets it, and what to expect in its answer. */
export interface UnitPlan {
  bytes: Buffer;
  /** What its statements do to the session, in the order in which the backend confirms them. */
  statements: StatementKind[];
  /** Prepared statements made or, first, made again on the client's behalf; the backend confirms each by ParseComplete. */
  parses: { name: string; parse: Buffer; kind: StatementKind; revival: boolean }[];
  /** Closed statements, `undefined` for a portal; the backend confirms each by CloseComplete. */
  closes: (string | undefined)[];
  /** The client has been asked for its rows already, so the backend's own asking is not for it. */
  copiesIn: boolean;
}

type Runnable = Extract<Unit, { kind: 'query' | 'copy' | 'extended' | 'function-call' }>;

export function planUnit(unit: Runnable, session: SessionState): UnitPlan {
  if (unit.kind === 'extended') return planExtended(unit.messages, session);
  const plan: UnitPlan = { bytes: Buffer.alloc(0), statements: [], parses: [], closes: [], copiesIn: false };
  if (unit.kind === 'function-call') return { ...plan, bytes: unit.bytes };
  if (unit.kind === 'copy') return { ...plan, bytes: Buffer.concat(unit.messages), copiesIn: true };
  const renamed = rename(unit.sql, unit.scanned, session);
  return {
    ...plan,
    bytes: renamed === undefined ? unit.bytes : query(renamed),
    statements: unit.scanned.statements,
  };
}

function planExtended(messages: readonly FrontendMessage[], session: SessionState): UnitPlan {
  const plan: UnitPlan = { bytes: Buffer.alloc(0), statements: [], parses: [], closes: [], copiesIn: false };
  const sent: Buffer[] = [];
  const made = new Map<string, StatementKind>();

  /** Before the first use of a statement that the backend has lost. */
  function revive(name: string): void {
    const parse = made.has(name) ? undefined : session.statements.revival(name);
    if (parse === undefined) return;
    const kind = session.statements.kindOf(name);
    made.set(name, kind);
    plan.parses.unshift({ name, parse, kind, revival: true });
    sent.unshift(parse);
  }

  for (const message of messages) {
    const { type, body } = message;
    if (type === 'P') {
      const name = readString(body, 0);
      const sql = parseSql(body);
      const scanned = scanSql(sql);
      const renamed = rename(sql, scanned, session);
      const types = body.subarray(Buffer.byteLength(name) + Buffer.byteLength(sql) + 2);
      const kind = scanned.statements[0] ?? { kind: 'other' };
      const parse =
        name === '' && renamed === undefined
          ? message.bytes
          : buildMessage('P', session.statements.backendName(name), renamed ?? sql, types);
      made.set(name, kind);
      plan.parses.push({ name, parse, kind, revival: false });
      sent.push(parse);
    } else if (type === 'B') {
      const portal = readString(body, 0);
      const at = Buffer.byteLength(portal) + 1;
      const name = readString(body, at);
      revive(name);
      session.portals.set(portal, made.get(name) ?? session.statements.kindOf(name));
      const rest = body.subarray(at + Buffer.byteLength(name) + 1);
      sent.push(
        name === '' ? message.bytes : buildMessage('B', portal, session.statements.backendName(name), rest),
      );
    } else if ((type === 'D' || type === 'C') && body[0] === STATEMENT) {
      const name = readString(body, 1);
      if (type === 'D') revive(name);
      else plan.closes.push(name);
      sent.push(
        name === ''
          ? message.bytes
          : buildMessage(type, Buffer.of(STATEMENT), session.statements.backendName(name)),
      );
    } else {
      if (type === 'C') plan.closes.push(undefined);
      if (type === 'E') plan.statements.push(session.portals.get(readString(body, 0)) ?? { kind: 'other' });
      sent.push(message.bytes);
    }
  }
  plan.bytes = Buffer.concat(sent);
  return plan;
}

const STATEMENT = 'S'.charCodeAt(0);

function rename(sql: string, scanned: ScannedSql, session: SessionState): string | undefined {
  if (scanned.statementNames.length === 0) return undefined;
  return renameStatements(sql, scanned.statementNames, (name) => session.statements.backendName(name));
}
