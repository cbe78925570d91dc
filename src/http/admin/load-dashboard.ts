import { createRequire, registerHooks } from 'node:module';
import type { CreateDashboardHandlerOptions, DashboardHandler } from '@pg-boss/dashboard/handler';
import { AppError } from '../../errors.ts';

/** Connections of each of its two pools, at most; by default 10. They are closed when idle for 10 s. */
const MAX_CONNECTIONS = 2;
const CONNECTION_TIMEOUT_MS = 3_000;
/** The pages say by themselves that a statement took too long. By default a minute. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** Its own process-wide mark for "mounted in another program": without it, its signal handlers end the process. */
const MOUNTED = Symbol.for('pgboss.dashboard.embedded');
/** Of its pools, too: what it does today listens in time, and an upgrade of it may not. */
const SESSION_CLIENT = import.meta.resolve('../../database/session-client.ts');
const BUILD = import.meta.resolve('@pg-boss/dashboard/build/server/index.js');

const { pgboss: installed } = createRequire(import.meta.url)('pg-boss/package.json') as {
  pgboss: { schema: number };
};

/**
 * The dashboard is one bundled file with a pg-boss of its own, and what is changed in it has no option. Each text is there
 * exactly once; tests/unit/dashboard-patches.test.ts says so after an upgrade.
 */
const PATCHES: readonly [text: string | RegExp, replacement: string][] = [
  // Its pg-boss is older than ours (12.33: schema 42) and works with its own schema only, though what came later are new
  // columns and indexes that its statements need not know (timgit/pg-boss#884). Without this, no page of a job opens.
  [/pgboss: \{ "schema": \d+ \}/g, `pgboss: { "schema": ${installed.schema} }`],
  [
    'import pg from "pg";',
    `import pg from "pg";\nimport { SessionClient } from ${JSON.stringify(SESSION_CLIENT)};`,
  ],
  [
    'max: 10,\n\t\t\tstatement_timeout: timeoutMs,',
    `max: ${MAX_CONNECTIONS},\n\t\t\tClient: SessionClient,\n\t\t\tconnectionTimeoutMillis: ${CONNECTION_TIMEOUT_MS},\n\t\t\tstatement_timeout: timeoutMs,`,
  ],
  ['DEFAULT_QUERY_TIMEOUT_MS = 6e4', `DEFAULT_QUERY_TIMEOUT_MS = ${STATEMENT_TIMEOUT_MS}`],
  [
    'migrate: false,\n\t\tcreateSchema: false\n',
    `migrate: false,\n\t\tcreateSchema: false,\n\t\tClient: SessionClient,\n\t\tmax: ${MAX_CONNECTIONS},\n\t\tconnectionTimeoutMillis: ${CONNECTION_TIMEOUT_MS},\n\t\tquery_timeout: ${STATEMENT_TIMEOUT_MS}\n`,
  ],
];

/** @throws AppError `internal` when a text is not there exactly once: another version of the dashboard. */
export function patchDashboard(source: string): string {
  let patched = source;
  for (const [text, replacement] of PATCHES) {
    const parts = patched.split(text);
    if (parts.length !== 2)
      throw new AppError(
        'internal',
        `@pg-boss/dashboard is not the version that this program knows: ${String(text)} is in it ${parts.length - 1} times.`,
      );
    patched = parts.join(replacement);
  }
  return patched;
}

export interface LoadedDashboard {
  createDashboardHandler: (options: CreateDashboardHandlerOptions) => DashboardHandler;
  /** Hears of every page that failed. By default it prints them to stderr. Of the whole process: the last one counts. */
  onPageError: (listener: (error: unknown) => void) => void;
}

interface Build {
  entry: { module: { handleError?: (error: unknown) => void } };
}

let loading: Promise<LoadedDashboard> | undefined;

/** Brings React and a second pg-boss into the process, once, some 80 MB; so only when somebody asks for a page. */
export function loadDashboard(): Promise<LoadedDashboard> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<LoadedDashboard> {
  (globalThis as Record<symbol, unknown>)[MOUNTED] = true;
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (url !== BUILD) return loaded;
      return { ...loaded, source: patchDashboard(Buffer.from(loaded.source as Uint8Array).toString('utf8')) };
    },
  });
  try {
    // The handler imports the same file, and then finds this one.
    const build = (await import(BUILD)) as Build;
    const { createDashboardHandler } = await import('@pg-boss/dashboard/handler');
    return {
      createDashboardHandler,
      onPageError: (listener) => (build.entry.module.handleError = listener),
    };
  } finally {
    hooks.deregister();
  }
}
