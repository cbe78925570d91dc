import { randomUUID } from 'node:crypto';
import pgListen from 'pg-listen';
import type { Database } from '../database/pool.ts';
import { messageOf } from '../errors.ts';
import type { Health, Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { answerPing, CHANNEL } from './ping.ts';

export interface DoorbellOptions {
  main: Database;
  log: Log;
  /** Called when a change was announced, and whenever the connection is new and may have missed one. */
  onRing: () => void;
  /** How often the server has to return our own notification, in milliseconds. */
  heartbeatMs?: number;
}

type Subscriber = ReturnType<typeof pgListen.default>;

const MAX_RECONNECT_DELAY_MS = 5_000;

/**
 * Listens for notifications and distrusts its connection. pg-listen cannot see a half-open socket, can come back from a
 * reconnect deaf, and leaks a connection when closed while reconnecting; so it is only used for one connection at a time
 * (`retryLimit: 1` makes it give up at once), and a heartbeat through the server decides whether that one still hears.
 * A doorbell that is down delays changes until the listener's next sweep and loses none.
 */
export function createDoorbell(options: DoorbellOptions): Service {
  const heartbeatMs = options.heartbeatMs ?? 5_000;
  let subscriber: Subscriber | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = true;
  let failures = 0;
  /** By the monotonic clock: the wall clock may be set back by an hour, and a deaf connection would stay for as long. */
  let heardAt = 0;
  let state: Health = { status: 'down', detail: 'not started' };

  const schedule = (delayMs: number, work: () => Promise<void>) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void work(), delayMs);
  };

  function fail(reason: string): void {
    if (stopped) return;
    const broken = subscriber;
    subscriber = undefined;
    void Promise.resolve(broken?.close()).catch(() => undefined);
    failures += 1;
    if (failures === 1) {
      options.log.warn(
        { reason },
        'Listener lost its connection; changes are found by polling until it is back',
      );
    }
    state = { status: 'degraded', detail: `no notifications: ${reason}` };
    const delayMs =
      Math.min(MAX_RECONNECT_DELAY_MS, 100 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);
    schedule(delayMs, connect);
  }

  async function connect(): Promise<void> {
    const fresh = pgListen.default(
      {
        connectionString: options.main.connectionString,
        application_name: 'wb-assist listener',
        connectionTimeoutMillis: 3_000,
        query_timeout: 5_000,
      },
      // Payloads are read by us: pg-listen would report anything that is not JSON as an error of the connection.
      { paranoidChecking: false, retryLimit: 1, parse: (payload: string) => payload, serialize: String },
    );
    subscriber = fresh;
    const own = (work: (argument: unknown) => void) => (argument: unknown) => {
      if (subscriber === fresh) work(argument);
    };
    fresh.events.on(
      'error',
      own((error) => {
        fail(messageOf(error));
      }),
    );
    fresh.notifications.on(
      CHANNEL,
      own((payload) => {
        if (typeof payload === 'string' && payload.startsWith('heartbeat:')) {
          if (payload === `heartbeat:${id}`) heardAt = performance.now();
        } else if (!answerPing(options.main.pool, payload)) options.onRing();
      }),
    );
    try {
      await fresh.connect();
      await fresh.listenTo(CHANNEL);
    } catch (error) {
      own((reason) => {
        fail(messageOf(reason));
      })(error);
      return;
    }
    // Stopped, or replaced, while it was connecting.
    if (stopped || subscriber !== fresh) {
      await fresh.close().catch(() => undefined);
      return;
    }
    if (failures > 0) options.log.info('Listener is connected again');
    failures = 0;
    heardAt = performance.now();
    state = { status: 'up' };
    options.onRing();
    schedule(heartbeatMs, beat);
  }

  const id = randomUUID();
  async function beat(): Promise<void> {
    if (performance.now() - heardAt > 2.5 * heartbeatMs) {
      fail('the server does not return our heartbeat');
      return;
    }
    schedule(heartbeatMs, beat);
    // Over the connection that listens, so that a server that ends idle sessions does not take it for one. When the database
    // does not answer, the heartbeat is missed and says so by itself.
    await subscriber?.notify(CHANNEL, `heartbeat:${id}`).catch(() => undefined);
  }

  return {
    name: 'doorbell',
    async start() {
      stopped = false;
      await connect();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const last = subscriber;
      subscriber = undefined;
      await Promise.resolve(last?.close()).catch(() => undefined);
      state = { status: 'down', detail: 'stopped' };
    },
    health: () => state,
  };
}
