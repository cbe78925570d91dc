import type { BackendError } from './messages.ts';
import type { ScramVerifier } from './scram.ts';
import type { SessionState } from './session-state.ts';
import type { UnitResult } from './shared-backend.ts';
import type { Unit } from './unit.ts';
import type { Notification } from './unit-outcome.ts';

/** What the server knows of a session, and asks of it. */
export interface HostedSession {
  /** Set when the handshake is done. */
  readonly state: SessionState | undefined;
  /** What a client has to name to cancel what the session runs. */
  readonly secret: number;
  /** The memory that messages and COPYs take that are not whole yet, and the unit that waits for its turn. */
  readonly unfinishedBytes: number;
  /** Nothing of it is half done: what it sends next is a statement of its own. */
  readonly isBetweenUnits: boolean;
  /** Its turn. True when the backend is to be kept for it. */
  runUnit(): boolean;
  notify(notification: Notification): void;
  /** Tells something that is no answer. */
  warn(notice: Buffer): void;
  /** A unit that waits, or a COPY that is being collected, ends with an error instead. */
  cancel(): void;
  /** Ends the connection without a word. */
  drop(): void;
  /** Ends the connection with a last word. */
  end(error: BackendError): void;
}

/** What a session needs of the server that it belongs to. */
export interface SessionHost {
  readonly maxCopyBytes: number;
  readonly maxMessageBytes: number;
  readonly handshakeTimeoutMs: number;
  readonly verifier: ScramVerifier;
  /** The session has proved that it knows the password. */
  authenticated(session: HostedSession): void;
  /** Whether the clients together may go on sending what is not finished. */
  mayKeep(): boolean;
  /** What a handshake reports, once the engine is there. */
  parameters(): Promise<ReadonlyMap<string, string>>;
  /** A number for the new session, or why it cannot be. */
  admit(session: HostedSession): number | BackendError;
  opened(state: SessionState): void;
  /** The session has a unit, and waits for its turn. */
  enter(session: HostedSession): void;
  /** The session, holding the backend, is alive. */
  touch(session: HostedSession): void;
  run(session: HostedSession, unit: Unit): UnitResult | undefined;
  cancel(processId: number, secret: number): void;
  /** The session is over. */
  leave(session: HostedSession): void;
}
