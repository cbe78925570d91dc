import type { WorkerLog } from './worker-log.ts';
import { explainRefusals } from './dropped-transaction.ts';
import type { Engine } from './engine.ts';
import type { Select } from './select.ts';
import {
  errorResponse,
  closeStatement,
  query,
  readyForQuery,
  sync,
  type TransactionStatus,
} from './messages.ts';
import { readFrames, transactionStatus } from './backend-frames.ts';
import { SettingsIsolation } from './session-settings.ts';
import type { SessionState } from './session-state.ts';
import { alignChannels } from './session-channels.ts';
import { shownQuery, tellSessions, type SessionSignal } from './session-catalog.ts';
import { reportChangedParameters } from './reported-parameters.ts';
import { TemporaryTables } from './temporary-tables.ts';
import type { StatementKind } from './statement-kinds.ts';
import type { Unit } from './unit.ts';
import { readOutcome, type Notification, type UnitOutcome } from './unit-outcome.ts';
import { planUnit } from './unit-plan.ts';

/** Any statement that fails, to bring the backend into the failed state that an error of ours calls for. */
const FAILING = query('refused');

interface UnitAnswer {
  reply: Buffer[];
  /** Extended messages without their Sync, which come in another unit. */
  unfinished: boolean;
  /** An error came before the Sync: what the client sends up to there counts for nothing. */
  skipToSync: boolean;
  notifications: Notification[];
  signals: SessionSignal[];
}

export interface UnitResult extends UnitAnswer {
  /** Nobody else may be served before this session's next unit. */
  held: boolean;
}

/**
 * The one backend and what its sessions hold of it. Runs one unit at a time; between two, it moves the state that
 * Postgres keeps per connection.
 */
export class SharedBackend {
  readonly #sessions = new Set<SessionState>();
  readonly #settings: SettingsIsolation;
  readonly #temporary: TemporaryTables;
  readonly #engine: Engine;
  readonly #log: WorkerLog;
  /** Whose transaction, or whose extended messages without their Sync, the engine is in the middle of. */
  #owner: SessionState | undefined;
  #unnamedOwner: SessionState | undefined;

  constructor(engine: Engine, log: WorkerLog) {
    this.#engine = engine;
    this.#log = log;
    this.#temporary = new TemporaryTables(
      (sql) => this.#select(sql),
      (reason) => log('warn', `A client's temporary table is seen by others: ${reason}`),
    );
    this.#settings = new SettingsIsolation(
      (sql) => this.#select(sql),
      (reason) => log('debug', `A client's setting was passed over: ${reason}`),
    );
  }

  get parameters(): ReadonlyMap<string, string> {
    return this.#engine.parameters;
  }

  addSession(session: SessionState): void {
    this.#sessions.add(session);
  }

  run(session: SessionState, unit: Unit): UnitResult {
    this.#expectFreeFor(session);
    this.#switchTo(session);
    if (session.dropped && this.#owner !== session && unit.kind !== 'sync-only') this.#failAgain();
    const outcome = this.#runUnit(session, unit);
    if (session.dropped) this.#refuseFurther(session, unit, outcome);
    const held = outcome.unfinished || (session.status !== 'I' && !session.dropped);
    this.#owner = held ? session : undefined;
    return { ...outcome, held };
  }

  /** Ends the transaction of a session that will not end it itself. Nothing happens when it is in none. */
  rollBack(session: SessionState): void {
    if (this.#owner !== session) return;
    this.#owner = undefined;
    // In the middle of extended messages there is a transaction too, which a Sync would commit.
    this.#engine.run(Buffer.concat([query('rollback'), sync]));
    this.#unnamedOwner?.statements.lost('');
    session.channels.settle(true);
    session.portals.clear();
    session.status = 'I';
  }

  /**
   * Rolls back the transaction of a session that goes on all the same. What it sends is refused until it ends its transaction
   * itself: executed, each of its statements would commit on its own.
   */
  dropTransaction(session: SessionState): void {
    if (this.#owner !== session) return;
    this.rollBack(session);
    session.status = 'E';
    session.dropped = true;
  }

  /** Between transactions: lets go of all that the session held. */
  removeSession(session: SessionState): void {
    this.#expectFreeFor(undefined);
    this.#sessions.delete(session);
    this.#temporary.end(session.temporary, () => this.#settings.switchTo(undefined));
    if (this.#unnamedOwner === session) this.#unnamedOwner = undefined;
    const names = session.statements.liveBackendNames();
    if (names.length > 0) this.#engine.run(Buffer.concat([...names.map(closeStatement), sync]));
    if (session.channels.names.size > 0) alignChannels(this.#sessions, (sql) => this.#select(sql));
  }

  /** Runs work of our own with the server's defaults, between transactions. */
  maintain<T>(work: (select: Select) => T): T {
    this.#expectFreeFor(undefined);
    this.#switchTo(undefined);
    return work((sql) => this.#select(sql));
  }

  /** Lets go of an engine that has ended. */
  abandon(): void {
    this.#engine.abandon();
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  #switchTo(session: SessionState | undefined): void {
    this.#temporary.switchTo(session?.temporary, () => this.#settings.switchTo(undefined));
    this.#settings.switchTo(session?.settings);
  }

  #runUnit(session: SessionState, unit: Unit): UnitAnswer {
    if (unit.kind === 'sync-only') return this.#endSkipped(session);
    if (unit.kind === 'refused') return this.#refuse(session, unit);

    const hints = unit.kind === 'extended' ? unit.hints : unit.kind === 'query' ? unit.scanned : undefined;
    session.lastQuery = shownQuery(unit) ?? session.lastQuery;
    session.temporary.touched ||= hints?.mayMakeTemporary === true;
    session.asksForSessions ||= hints?.asksForSessions === true;
    // In the middle of extended messages a query of ours would commit them.
    if (
      session.asksForSessions &&
      session.status !== 'E' &&
      (this.#owner !== session || session.status === 'T')
    )
      this.#tell(session);
    const plan = planUnit(unit, session);
    const output = this.#engine.run(plan.bytes);
    if (unit.kind === 'query' || unit.kind === 'copy') this.#dropUnnamed(session);
    const outcome = readOutcome(output, plan, session);
    if (outcome.tookUnnamed) {
      if (this.#unnamedOwner !== session) this.#unnamedOwner?.statements.lost('');
      this.#unnamedOwner = session;
    }
    const skipToSync = outcome.status === undefined && outcome.failed;
    // The backend is ready for other errands at once; the client's own Sync gets its answer from the session.
    if (skipToSync) outcome.status = statusAfter(this.#engine.run(sync));
    if (outcome.status !== undefined) session.status = outcome.status;
    this.#afterUnit(session, plan.statements, outcome);
    return {
      reply: outcome.reply,
      unfinished: outcome.status === undefined,
      skipToSync,
      notifications: outcome.notifications,
      signals: outcome.signals,
    };
  }

  #tell(session: SessionState): void {
    this.#select(tellSessions(this.#sessions, session));
    // So that nobody else is left with it.
    session.settings.touched = true;
  }

  /**
   * Whatever went wrong before, nobody's statement may run in a transaction that is not its own: what it is told is written
   * would be gone with somebody else's ROLLBACK.
   */
  #expectFreeFor(session: SessionState | undefined): void {
    const stray = this.#owner;
    if (stray === undefined || stray === session) return;
    this.#log(
      'error',
      'A transaction that its client had left open was rolled back, or it would have held up everybody',
      {
        processId: stray.processId,
      },
    );
    if (this.#sessions.has(stray)) this.dropTransaction(stray);
    else this.rollBack(stray);
  }

  /** Brings the engine where a session whose transaction was dropped believes to be: in a failed one. */
  #failAgain(): void {
    this.#engine.run(query('begin'));
    this.#engine.run(FAILING);
    this.#unnamedOwner?.statements.lost('');
  }

  /** The engine goes back to where others can use it, until the session sends what ends its transaction. */
  #refuseFurther(session: SessionState, unit: Unit, answer: UnitAnswer): void {
    answer.reply = explainRefusals(answer.reply);
    if (session.status !== 'E') session.dropped = false;
    else if (!answer.unfinished && unit.kind !== 'sync-only') this.#engine.run(query('rollback'));
  }

  #afterUnit(session: SessionState, statements: readonly StatementKind[], outcome: UnitOutcome): void {
    const confirmed = new Set(outcome.confirmed.map(({ kind }) => kind));
    if (confirmed.has('discard-all') || confirmed.has('deallocate-all')) {
      for (const other of this.#sessions) if (other !== session) other.statements.lost();
    }
    const settings = statements.filter(({ kind }) => kind === 'setting' || kind === 'discard-all');
    for (const statement of settings) session.settings.touch(statement);
    if (session.status === 'I') {
      const reset = settings.find((statement) => statement.kind !== 'setting' || statement.resets);
      if (reset !== undefined) this.#settings.afterReset(session.settings, reset);
      if (session.channels.takeChanged()) alignChannels(this.#sessions, (sql) => this.#select(sql));
    }
    if (settings.length > 0 && session.status !== 'E' && outcome.status !== undefined)
      reportChangedParameters(session, outcome.reply, (sql) => this.#select(sql));
  }

  #refuse(session: SessionState, unit: Extract<Unit, { kind: 'refused' }>): UnitAnswer {
    session.status = statusAfter(this.#engine.run(FAILING)) ?? 'I';
    this.#unnamedOwner?.statements.lost('');
    if (session.status === 'I') session.channels.settle(true);
    const reply = [errorResponse(unit.error)];
    if (unit.synced) reply.push(readyForQuery(session.status));
    return { reply, unfinished: false, skipToSync: !unit.synced, notifications: [], signals: [] };
  }

  #endSkipped(session: SessionState): UnitAnswer {
    return {
      reply: [readyForQuery(session.status)],
      unfinished: false,
      skipToSync: false,
      notifications: [],
      signals: [],
    };
  }

  /** A simple query ends the unnamed statement: its own session's for good, another's until that one uses it again. */
  #dropUnnamed(session: SessionState): void {
    session.statements.closed('');
    this.#unnamedOwner?.statements.lost('');
    this.#unnamedOwner = undefined;
  }

  #select(sql: string): (string | null)[][] {
    this.#unnamedOwner?.statements.lost('');
    this.#unnamedOwner = undefined;
    return this.#engine.select(sql);
  }
}

function statusAfter(output: Buffer): TransactionStatus | undefined {
  let status: TransactionStatus | undefined;
  for (const frame of readFrames(output)) {
    if (frame.type === 'Z') status = transactionStatus(output, frame);
  }
  return status;
}
