import { resolve } from 'node:path';
import { createApp, type Role, type RunningApp } from '../app.ts';
import type { Config } from '../config.ts';
import { AppError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { createProcessLog, isPretty, readConfig, TOKEN_KEY_FILE, writeEnvFileOnce } from './environment.ts';

const READY = 'wb-assist is ready';

/** Runs until the process is told to stop. Throws when it cannot start. */
export async function start(roles: readonly Role[], options: { migrate: boolean }): Promise<void> {
  const written = roles.includes('api') && options.migrate ? await writeEnvFileOnce() : undefined;
  const config = readConfig();
  if (!options.migrate && config.DATABASE_URL === undefined) {
    throw new AppError(
      'config_invalid',
      `\`wb-assist ${roles.join(' ')}\` runs one role of several processes, which need one database: set DATABASE_URL. For everything in one process on the embedded Postgres: wb-assist start`,
    );
  }
  const log = createProcessLog(config);
  if (written !== undefined) log.info(`Wrote ${written} with a random API_SECRET_KEY`);

  const app = createApp({
    ...{ config, roles, log, migrate: options.migrate },
    tokenKeyFile: resolve(TOKEN_KEY_FILE),
  });
  let stopping = false;
  const stopped = stopOnSignal((reason) => {
    stopping = true;
    log.info({ reason }, 'Stopping');
    return app.stop(config.SHUTDOWN_TIMEOUT_MS);
  }, log);
  // Told to stop while starting: what has started is stopped, and why the rest could not start is no news.
  const starting = app.start().catch((error: unknown) => {
    if (stopping) return undefined;
    throw error;
  });
  const running = await Promise.race([starting, stopped.then(() => undefined)]);
  if (running !== undefined) sayReady(running, roles, config, log);
  process.exitCode = await stopped;
  log.info('Stopped');
}

/** Resolves to the exit code when the process was told to stop and has stopped. */
function stopOnSignal(stop: (reason: string) => Promise<void>, log: Log): Promise<number> {
  return new Promise((resolve) => {
    let told = false;
    const begin = (reason: string, exitCode: number) => {
      // Told twice: somebody is in a hurry. The next start recovers.
      if (told) process.exit(exitCode === 0 ? 130 : exitCode);
      told = true;
      void stop(reason).then(() => {
        resolve(exitCode);
      });
    };
    process.on('SIGTERM', () => {
      begin('SIGTERM', 0);
    });
    process.on('SIGINT', () => {
      begin('SIGINT', 0);
    });
    // The terminal was closed.
    process.on('SIGHUP', () => {
      begin('SIGHUP', 0);
    });
    watchLauncher(() => {
      begin('npm was stopped', 0);
    });
    const die = (error: unknown) => {
      log.fatal({ err: error }, `A fault of the program: ${messageOf(error)}`);
      begin('fault', 1);
    };
    process.on('uncaughtException', die);
    process.on('unhandledRejection', die);
  });
}

const LAUNCHER_CHECK_MS = 500;

/**
 * npm runs a script through a shell, which dies of the SIGTERM that npm passes on and does not pass it on itself: without
 * this, stopping `npm start` would leave the service running.
 */
function watchLauncher(onGone: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const launcher = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === launcher) return;
    clearInterval(timer);
    onGone();
  }, LAUNCHER_CHECK_MS).unref();
}

function sayReady(app: RunningApp, roles: readonly Role[], config: Config, log: Log): void {
  const [apiUrl] = app.apiUrls;
  const psql = app.embedded ? 'npx wb-assist psql' : undefined;
  const databasePort = app.embedded ? Number(new URL(app.main.connectionString).port) : undefined;
  const curl =
    apiUrl === undefined ? undefined : `curl ${apiUrl}/api/v1/cabinets -H "X-API-KEY: $API_SECRET_KEY"`;
  if (!isPretty(config)) {
    const model = app.embedder.model;
    const wildberries = app.wildberries;
    const { apiUrls, metricsUrl } = app;
    log.info({ roles, apiUrls, metricsUrl, databasePort, psql, curl, model, wildberries }, READY);
    return;
  }
  log.info(READY);
  const lines = [
    '',
    `  Database   ${app.embedded ? `embedded Postgres, port ${databasePort}` : app.main.label}`,
    ...(psql === undefined ? [] : [`             ${psql}`]),
    `  Embeddings ${app.embedder.model}${app.embedder.provider === 'local' ? ' (lexical; set OPENAI_API_KEY for semantic ones)' : ''}`,
    ...describeWildberries(app),
    ...(apiUrl === undefined
      ? []
      : [
          `  HTTP API   ${app.apiUrls.join(' and ')}`,
          `             export API_SECRET_KEY=$(grep API_SECRET_KEY .env | cut -d '=' -f2)`,
          `             ${curl ?? ''}`,
        ]),
    ...(app.metricsUrl === undefined ? [] : [`  Metrics    ${app.metricsUrl}/metrics`]),
    '  Stop       Ctrl+C',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** The banner says where the figures come from, so that nobody takes made-up ones for their own. */
function describeWildberries({ wildberries }: RunningApp): string[] {
  if (wildberries === undefined) return [];
  if (wildberries.kind === 'live')
    return ['  Wildberries the real API, every active cabinet that has a token'];
  return [
    `  Wildberries simulated: made-up shops, not yours (${wildberries.url})`,
    '             WB_API=live for the real API',
  ];
}
