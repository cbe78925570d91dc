import type { BackendError } from './messages.ts';
import type { ScramVerifier } from './scram.ts';
import type { Session } from './session.ts';
import type { SessionState } from './session-state.ts';
import type { UnitResult } from './shared-backend.ts';
import type { Unit } from './unit.ts';

/** What a session needs of the server that it belongs to. */
export interface SessionHost {
  readonly maxCopyBytes: number;
  readonly maxMessageBytes: number;
  readonly handshakeTimeoutMs: number;
  readonly verifier: ScramVerifier;
  /** The session has proved that it knows the password. */
  authenticated(session: Session): void;
  /** Whether the clients together may go on sending what is not finished. */
  mayKeep(): boolean;
  /** What a handshake reports, once the engine is there. */
  parameters(): Promise<ReadonlyMap<string, string>>;
  /** A number for the new session, or why it cannot be. */
  admit(session: Session): number | BackendError;
  opened(state: SessionState): void;
  /** The session has a unit, and waits for its turn. */
  enter(session: Session): void;
  /** The session, holding the backend, is alive. */
  touch(session: Session): void;
  run(session: Session, unit: Unit): UnitResult | undefined;
  cancel(processId: number, secret: number): void;
  /** The session is over. */
  leave(session: Session): void;
}
