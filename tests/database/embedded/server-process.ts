import { createEmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.ts';
import { isAppError } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';

/** An embedded Postgres in a process of its own, for tests that kill it: tells what became of it on one line each. */
const [dataDir, port] = process.argv.slice(2);
const postgres = createEmbeddedPostgres({ dataDir: dataDir!, port: Number(port ?? 0), log: silentLog() });

function tell(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

try {
  const startedAt = performance.now();
  await postgres.start();
  tell({
    port: postgres.port,
    connectionString: postgres.connectionString,
    startMs: performance.now() - startedAt,
  });
} catch (error) {
  tell(
    isAppError(error)
      ? { code: error.code, message: error.message, details: error.details }
      : { code: String(error) },
  );
  process.exit(1);
}

process.on('SIGTERM', () => void postgres.stop(5_000));
process.on('SIGUSR2', () => tell({ rssBytes: process.memoryUsage().rss }));
