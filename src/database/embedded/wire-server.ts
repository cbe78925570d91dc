import { once } from 'node:events';
import { createServer } from 'node:net';
import { superviseBackend } from './backend-supervisor.ts';
import {
  ADMIN_SHUTDOWN,
  CRASH_SHUTDOWN,
  IDLE_IN_TRANSACTION,
  STARTING_FAILED,
  TOO_MANY_CLIENTS,
} from './client-errors.ts';
import { TRANSACTION_DROPPED } from './dropped-transaction.ts';
import type { Engine } from './engine.ts';
import type { Select } from './select.ts';
import { createScramVerifier } from './scram.ts';
import type { HostedSession, SessionHost } from './session-host.ts';
import { Session } from './session.ts';
import { createTurnstile } from './turnstile.ts';
import type { Notification } from './unit-outcome.ts';
import type { WorkerLog } from './worker-log.ts';

export interface WireServerOptions {
  port: number;
  password: string;
  openEngine: () => Promise<Engine>;
  log: WorkerLog;
  /** The engine ended and could not be opened again. */
  onLost: (error: unknown) => void;
  maxClients: number;
  idleInTransactionTimeoutMs: number;
  maxCopyBytes: number;
  maxMessageBytes: number;
  maxUnfinishedBytes: number;
}

export interface WireServer {
  readonly port: number;
  readonly clients: number;
  /** Resolves when the engine is open; clients that come before wait for it. */
  ready(): Promise<void>;
  /** Work of our own, done when nobody is in a transaction. */
  maintain(work: (select: Select) => void, done: () => void): void;
  stop(): Promise<void>;
}

/** A client must say who it is within this time: PostgreSQL's authentication_timeout. */
const HANDSHAKE_TIMEOUT_MS = 60_000;
/** Connections that have not logged in. Beyond, the oldest is let go: whoever has no password keeps nobody out who has. */
const MAX_STRANGERS = 100;

/** Listens on the loopback interface and speaks the Postgres protocol for one engine. */
export async function startWireServer(options: WireServerOptions): Promise<WireServer> {
  const { log } = options;
  const connected = new Set<HostedSession>();
  const strangers = new Set<HostedSession>();
  const admitted = new Set<HostedSession>();
  const verifier = createScramVerifier(options.password);
  let lastId = 0;
  let stopping = false;

  const host: SessionHost = {
    maxCopyBytes: options.maxCopyBytes,
    maxMessageBytes: options.maxMessageBytes,
    verifier,
    handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    parameters: async () => (await supervisor.ready()).parameters,
    authenticated: (session) => void strangers.delete(session),
    mayKeep() {
      const bytes = [...connected].reduce((sum, session) => sum + session.unfinishedBytes, 0);
      return bytes <= options.maxUnfinishedBytes;
    },
    admit(session) {
      if (stopping) return ADMIN_SHUTDOWN;
      if (admitted.size >= options.maxClients) return TOO_MANY_CLIENTS;
      admitted.add(session);
      lastId += 1;
      return lastId;
    },
    opened: (state) => supervisor.use((backend) => backend.addSession(state)),
    enter: (session) => turnstile.enter(session),
    touch: (session) => turnstile.touch(session),
    run(session, unit) {
      const result = supervisor.use((backend) => backend.run(session.state!, unit));
      if (result === undefined) return undefined;
      deliver(result.notifications, session);
      for (const { kind, processId } of result.signals) signal(kind, processId);
      return result;
    },
    cancel(processId, secret) {
      for (const session of admitted) {
        if (session.state?.processId === processId && session.secret === secret) session.cancel();
      }
    },
    leave(session) {
      connected.delete(session);
      strangers.delete(session);
      if (!admitted.delete(session)) return;
      const state = session.state!;
      supervisor.use((backend) => backend.rollBack(state));
      turnstile.release(session);
      turnstile.whenFree(() => supervisor.use((backend) => backend.removeSession(state)));
    },
  };

  const turnstile = createTurnstile<HostedSession>({
    run: (session) => session.runUnit(),
    expel(session) {
      const refusable = session.isBetweenUnits;
      log('warn', 'A client idle in a transaction kept others waiting: its transaction was rolled back', {
        timeoutMs: options.idleInTransactionTimeoutMs,
        disconnected: !refusable,
      });
      if (refusable) {
        supervisor.use((backend) => backend.dropTransaction(session.state!));
        session.warn(TRANSACTION_DROPPED);
      } else {
        session.end(IDLE_IN_TRANSACTION);
      }
      // Also where its end was missed: nobody waits for one who is gone.
      turnstile.release(session);
    },
    idleHolderTimeoutMs: options.idleInTransactionTimeoutMs,
  });

  /** To the listening sessions at once; the notifier has its own copy in its answer. */
  function deliver(notifications: readonly Notification[], notifier: HostedSession): void {
    for (const notification of notifications) {
      for (const session of admitted) {
        if (session !== notifier && session.state?.channels.names.has(notification.channel) === true) {
          session.notify(notification);
        }
      }
    }
  }

  /** What SQL asks for, as pg_cancel_backend and pg_terminate_backend. */
  function signal(kind: 'cancel' | 'terminate', processId: number): void {
    const session = [...admitted].find(({ state }) => state?.processId === processId);
    if (kind === 'cancel') session?.cancel();
    else session?.end(ADMIN_SHUTDOWN);
  }

  function endAll(error: typeof ADMIN_SHUTDOWN): void {
    for (const session of [...connected]) session.end(error);
  }

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (stopping) {
      socket.destroy();
      return;
    }
    const session = new Session(socket, host);
    connected.add(session);
    strangers.add(session);
    const [oldest] = strangers;
    if (strangers.size > MAX_STRANGERS) oldest!.drop();
  });
  // The port first: should it be taken, no data directory has been made for nothing.
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');

  const supervisor = superviseBackend({
    openEngine: options.openEngine,
    log,
    onEnd() {
      turnstile.clear();
      for (const session of [...admitted]) session.end(CRASH_SHUTDOWN);
    },
    onLost(error) {
      endAll(STARTING_FAILED);
      options.onLost(error);
    },
  });

  return {
    get port() {
      return (server.address() as { port: number }).port;
    },
    get clients() {
      return admitted.size;
    },
    async ready() {
      await supervisor.ready();
    },
    maintain(work, done) {
      turnstile.whenFree(() => {
        supervisor.use((backend) => backend.maintain(work));
        done();
      });
    },
    async stop() {
      stopping = true;
      const closed = once(server, 'close');
      server.close();
      endAll(ADMIN_SHUTDOWN);
      await supervisor.close();
      await closed;
    },
  };
}
