import type { TransactionStatus } from './messages.ts';
import { SessionChannels } from './session-channels.ts';
import { SessionSettings } from './session-settings.ts';
import { createTemporaryRelations, type TemporaryRelations } from './temporary-tables.ts';
import { SessionStatements } from './session-statements.ts';
import type { StatementKind } from './statement-kinds.ts';

/** The number that a session was given, in `pg_backend_pid()`. */
export const PROCESS_ID_SETTING = 'wb_assist.process_id';

/** What a Postgres server would keep in the process of each client, and we keep beside the one shared backend. */
export interface SessionState {
  readonly id: number;
  /** Made up, one per session: the shared backend's real one would be everybody's. */
  readonly processId: number;
  readonly channels: SessionChannels;
  readonly statements: SessionStatements;
  readonly settings: SessionSettings;
  readonly temporary: TemporaryRelations;
  /** The client's end of the connection. */
  readonly clientPort: number;
  readonly startedAt: Date;
  /** It has asked what sessions there are, and may again by a prepared statement. */
  asksForSessions: boolean;
  /** What the open portals execute. They end with their transaction, in which nobody else is served, so they keep their names. */
  readonly portals: Map<string, StatementKind>;
  /** Parameters as the client was last told. */
  readonly reported: Map<string, string>;
  status: TransactionStatus;
  /** The beginning of what it ran last, for pg_stat_activity. */
  lastQuery: string;
  /** Its transaction was rolled back without its doing: until it ends it, all that it sends is refused. */
  dropped: boolean;
}

export function createSessionState(
  id: number,
  startup: ReadonlyMap<string, string>,
  parameters: ReadonlyMap<string, string>,
  clientPort: number,
): SessionState {
  return {
    id,
    processId: id,
    channels: new SessionChannels(),
    statements: new SessionStatements(id),
    settings: new SessionSettings(new Map([...startup, [PROCESS_ID_SETTING, String(id)]])),
    temporary: createTemporaryRelations(),
    clientPort,
    startedAt: new Date(),
    asksForSessions: false,
    portals: new Map(),
    reported: new Map(parameters),
    status: 'I',
    lastQuery: '',
    dropped: false,
  };
}
