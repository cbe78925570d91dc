import type { DashboardHandler } from '@pg-boss/dashboard/handler';
import { AppError, messageOf } from '../../errors.ts';
import type { Health, Service } from '../../lifecycle.ts';
import type { Log } from '../../log.ts';
import { loadDashboard } from './load-dashboard.ts';

export const DASHBOARD_PATH = '/admin/queues';

/** A page that nobody looks at keeps no connection and no timer. */
const IDLE_MS = 60_000;
/** Its own statements give up before (load-dashboard.ts); this is for a database that takes connections and says nothing. */
const ANSWER_TIMEOUT_MS = 20_000;

export interface DashboardOptions {
  /** The main database. */
  connectionString: string;
  idleMs?: number;
  log: Log;
}

export interface Dashboard extends Service {
  /**
   * Answers a request below `DASHBOARD_PATH`, from whoever was let in. The body of the answer is read to its end.
   *
   * @throws AppError `database_busy` when the page takes too long or the program is being stopped.
   */
  handle(request: Request): Promise<Response>;
}

/** The pages of pg-boss. Nothing is loaded or connected before the first request. */
export function createDashboard(options: DashboardOptions): Dashboard {
  const { log, idleMs = IDLE_MS } = options;
  let handler: Promise<DashboardHandler> | undefined;
  let closing: Promise<void> | undefined;
  let stopped = false;
  let running = 0;
  let idle: NodeJS.Timeout | undefined;

  async function open(): Promise<DashboardHandler> {
    const { createDashboardHandler, onPageError } = await loadDashboard();
    onPageError((error) =>
      log.warn({ err: error }, `A page of the queue dashboard failed: ${messageOf(error)}`),
    );
    const url = new URL(options.connectionString);
    url.searchParams.set('application_name', 'wb-assist dashboard');
    return createDashboardHandler({
      databases: [{ url: url.href, name: 'wb-assist', schema: 'pgboss' }],
      basePath: DASHBOARD_PATH,
    });
  }

  /** A closed handler stays closed, and its pools are the module's: the next one may only begin when this has ended. */
  function close(): Promise<void> {
    clearTimeout(idle);
    const open = handler;
    handler = undefined;
    if (open === undefined) return closing ?? Promise.resolve();
    closing = open
      .then((opened) => opened.close())
      .catch((error: unknown) =>
        log.warn({ err: error }, `Closing the dashboard failed: ${messageOf(error)}`),
      )
      .finally(() => (closing = undefined));
    return closing;
  }

  async function answer(request: Request): Promise<Response> {
    await closing;
    if (stopped) throw new AppError('database_busy', 'The program is being stopped.');
    handler ??= open().catch((error: unknown) => {
      handler = undefined;
      throw error;
    });
    const response = await (await handler)(request);
    // It streams pages: read to the end, they do not use connections any more when this resolves.
    const body = response.body === null ? null : await response.arrayBuffer();
    return new Response(body, { status: response.status, headers: response.headers });
  }

  return {
    name: 'dashboard',
    start: () => Promise.resolve(),
    async handle(request) {
      running += 1;
      clearTimeout(idle);
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => {
        late.reject(new AppError('database_busy', 'The page took too long.', { retryable: true }));
      }, ANSWER_TIMEOUT_MS);
      try {
        return await Promise.race([answer(request), late.promise]);
      } finally {
        clearTimeout(timer);
        running -= 1;
        if (running === 0) idle = setTimeout(() => void close(), idleMs).unref();
      }
    },
    async stop(deadlineMs) {
      stopped = true;
      const given = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => given.resolve(undefined), deadlineMs);
      await Promise.race([close(), given.promise]);
      clearTimeout(timer);
    },
    health(): Health {
      return { status: 'up', open: handler !== undefined };
    },
  };
}
