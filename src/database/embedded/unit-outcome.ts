import { commandTag, errorFields, readFrames, transactionStatus } from './backend-frames.ts';
import { notificationResponse, readString, type TransactionStatus } from './messages.ts';
import { SIGNAL_BY_SQLSTATE, type SessionSignal } from './session-catalog.ts';
import type { SessionState } from './session-state.ts';
import type { StatementKind } from './statement-kinds.ts';
import type { UnitPlan } from './unit-plan.ts';

export interface Notification {
  /** The session that notified. */
  processId: number;
  channel: string;
  payload: string;
}

export interface UnitOutcome {
  /** What the client gets, without what was not meant for it. */
  reply: Buffer[];
  /** As of the last ReadyForQuery; undefined when the unit ended in Flush. */
  status: TransactionStatus | undefined;
  notifications: Notification[];
  /** What it asks to be done to other sessions. */
  signals: SessionSignal[];
  /** Statements that the backend confirmed, of the kinds that change the session. */
  confirmed: StatementKind[];
  /** The unnamed statement is now this session's. */
  tookUnnamed: boolean;
  failed: boolean;
}

/** The command tags that confirm a statement. What has none here either changes nothing or needs no confirming. */
const CONFIRMED_BY: Partial<Record<StatementKind['kind'], readonly string[]>> = {
  listen: ['LISTEN'],
  unlisten: ['UNLISTEN'],
  savepoint: ['SAVEPOINT'],
  release: ['RELEASE'],
  'rollback-to': ['ROLLBACK'],
  end: ['COMMIT', 'ROLLBACK'],
  'discard-all': ['DISCARD ALL'],
  prepare: ['PREPARE'],
  deallocate: ['DEALLOCATE'],
  'deallocate-all': ['DEALLOCATE ALL'],
};

/** Reads the backend's answer to a unit: brings the session's state up to date and picks out what goes to whom. */
export function readOutcome(output: Buffer, plan: UnitPlan, session: SessionState): UnitOutcome {
  const outcome: UnitOutcome = {
    reply: [],
    status: undefined,
    notifications: [],
    signals: [],
    confirmed: [],
    tookUnnamed: false,
    failed: false,
  };
  const expected = plan.statements.filter((statement) => CONFIRMED_BY[statement.kind] !== undefined);
  const parses = [...plan.parses];
  const closes = [...plan.closes];
  const cuts: { start: number; end: number; notification?: Notification }[] = [];

  for (const frame of readFrames(output)) {
    if (frame.type === 'C') {
      const tag = commandTag(output, frame);
      const statement = expected[0];
      if (statement === undefined || CONFIRMED_BY[statement.kind]?.includes(tag) !== true) continue;
      expected.shift();
      confirm(session, statement, tag);
      outcome.confirmed.push(statement);
      if (statement.kind === 'end') outcome.failed = false;
    } else if (frame.type === '1') {
      const made = parses.shift();
      if (made === undefined) continue;
      if (made.revival) cuts.push(frame);
      if (made.revival) session.statements.revived(made.name);
      else session.statements.parsed(made.name, made.parse, made.kind);
      outcome.tookUnnamed ||= made.name === '';
    } else if (frame.type === '3') {
      const name = closes.shift();
      if (name !== undefined) session.statements.closed(name);
    } else if (frame.type === 'A') {
      const channel = readString(output, frame.start + 9);
      const payload = readString(output, frame.start + 10 + Buffer.byteLength(channel));
      const notification = { processId: session.processId, channel, payload };
      outcome.notifications.push(notification);
      cuts.push({ ...frame, notification });
    } else if (frame.type === 'N') {
      const { C: code = '', M: processId } = errorFields(output, frame);
      const kind = SIGNAL_BY_SQLSTATE[code];
      if (kind === undefined) continue;
      outcome.signals.push({ kind, processId: Number(processId) });
      cuts.push(frame);
    } else if (frame.type === 'G' && plan.copiesIn) {
      cuts.push(frame);
    } else if (frame.type === 'E') {
      outcome.failed = true;
    } else if (frame.type === 'Z') {
      outcome.status = transactionStatus(output, frame);
    }
  }
  if (outcome.status === 'I') {
    session.channels.settle(outcome.failed);
    session.portals.clear();
  }

  let from = 0;
  for (const cut of cuts) {
    outcome.reply.push(output.subarray(from, cut.start));
    from = cut.end;
    if (cut.notification !== undefined && session.channels.names.has(cut.notification.channel)) {
      const { processId, channel, payload } = cut.notification;
      outcome.reply.push(notificationResponse(processId, channel, payload));
    }
  }
  outcome.reply.push(output.subarray(from));
  return outcome;
}

function confirm(session: SessionState, statement: StatementKind, tag: string): void {
  switch (statement.kind) {
    case 'listen':
    case 'unlisten':
    case 'savepoint':
    case 'release':
    case 'rollback-to':
    case 'end':
      session.channels.confirm(statement, tag);
      break;
    case 'discard-all':
      session.channels.clear();
      session.statements.allClosed();
      break;
    case 'deallocate-all':
      session.statements.allClosed();
      break;
    case 'prepare':
      session.statements.parsed(statement.name, undefined, { kind: 'other' });
      break;
    case 'deallocate':
      session.statements.closed(statement.name);
      break;
    default:
  }
}
