import { spawn } from 'node:child_process';
import { AppError } from '../errors.ts';
import { silentLog } from '../log.ts';
import { openDatabaseUrls } from './databases.ts';
import { readConfig } from './environment.ts';

export interface PsqlOptions {
  url?: true;
  vector?: true;
}

/** Opens psql on the main database or, with `vector`, the vector one; or prints where it is. psql's exit code is ours. */
export async function psql(psqlArguments: readonly string[], options: PsqlOptions): Promise<void> {
  const config = readConfig();
  const vectorServer = options.vector === true ? config.RAG_DATABASE_URL : undefined;
  if (vectorServer !== undefined) {
    // A server of its own, whatever is of the main database.
    if (options.url === true) console.log(vectorServer);
    else process.exitCode = await run(vectorServer, psqlArguments);
    return;
  }
  const urls = await openDatabaseUrls(config, silentLog(), { create: false });
  try {
    const url = options.vector === true ? urls.vector : urls.main;
    if (options.url === true) {
      if (urls.startedHere) {
        throw new AppError(
          'database_unreachable',
          'The embedded Postgres is not running, so there is no address to print. Start the service (npm start), or leave --url out: psql then has it for as long as it runs.',
        );
      }
      console.log(url);
    } else {
      process.exitCode = await run(url, psqlArguments);
    }
  } finally {
    await urls.close();
  }
}

/** The password goes by the environment: what stands on a command line, every user of the machine can read. */
function run(connectionString: string, psqlArguments: readonly string[]): Promise<number> {
  const url = new URL(connectionString);
  // As pg and libpq read it: the one among the parameters comes first.
  const password = url.searchParams.get('password') ?? decodeURIComponent(url.password);
  url.password = '';
  if (url.searchParams.has('password')) {
    url.searchParams.delete('password');
    // URLSearchParams writes spaces as pluses, which libpq does not read.
    url.search = url.search.replaceAll('+', '%20');
  }
  const env = password === '' ? process.env : { ...process.env, PGPASSWORD: password };
  // Ctrl+C is psql's: it ends a statement there, and not this program around it.
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  return new Promise<number>((resolve, reject) => {
    const child = spawn('psql', [url.href, ...psqlArguments], { stdio: 'inherit', env });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      reject(
        new AppError(
          'psql_unavailable',
          missing
            ? 'There is no psql on this machine. Install it (Debian, Ubuntu: apt-get install postgresql-client; macOS: brew install libpq), or give another program the address that `wb-assist psql --url` prints.'
            : `psql could not be started: ${error.message}`,
          { cause: error },
        ),
      );
    });
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1));
  }).finally(() => process.off('SIGINT', ignore));
}
