// Every verb of the command line with its arguments and options, in the order of --help: one table, and longer than other
// files because whoever changes a verb looks for it among the others. What a verb does is a file of commands/, which is
// loaded when it is called.
import { Command, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { AskOptions } from './commands/ask.ts';
import type { DoctorOptions } from './commands/doctor/doctor.ts';
import type { PsqlOptions } from './commands/psql.ts';
import type { RebuildOptions } from './commands/rebuild.ts';
import type { SimulateOptions } from './commands/simulate.ts';
import type { WatchCommandOptions } from './commands/watch.ts';
import { isAppError, messageOf } from './errors.ts';

const program = new Command('wb-assist')
  .description('Keeps a vector index of a Wildberries seller’s Postgres data in step with every change.')
  .version(packageJson.version)
  .showHelpAfterError('(run with --help for what is possible)')
  .addHelpText(
    'after',
    `
Configuration comes from environment variables and from .env in the working directory (see .env.example).
Without DATABASE_URL the program starts its own Postgres and keeps its data in ./data.`,
  );

program
  .command('start')
  .description('run everything in one process: HTTP API, listener and worker; applies migrations first')
  .action(async () => {
    const { start } = await import('./commands/start.ts');
    await start(['api', 'listener', 'worker'], { migrate: true });
  });

for (const [role, what] of [
  ['api', 'the HTTP API'],
  ['listener', 'the listener, which turns captured changes into jobs'],
  ['worker', 'the worker, which synchronises with Wildberries and indexes'],
] as const) {
  program
    .command(role)
    .description(`run only ${what}, against DATABASE_URL`)
    .action(async () => {
      const { start } = await import('./commands/start.ts');
      await start([role], { migrate: false });
    });
}

program
  .command('migrate')
  .description(
    'change the database schemas: apply (up, the default), roll back (down), show (status), or record as applied without running (fake)',
  )
  .argument('[action]', 'up, down, status or fake', 'up')
  .addOption(new Option('-d, --database <which>', 'only this one').choices(['main', 'vector']))
  .option('-n, --count <number>', 'how many migrations; default: up and fake all, down one')
  .action(async (action: string, options: { database?: 'main' | 'vector'; count?: string }) => {
    const { migrateCommand } = await import('./commands/migrate.ts');
    await migrateCommand(action, options);
  });

program
  .command('status')
  .description('show what the index of each cabinet, or of one, is doing, and what is waiting')
  .argument('[cabinet]', 'id of a cabinet')
  .option('--json', 'print JSON')
  .action(async (cabinet: string | undefined, options: { json?: true }) => {
    const { status } = await import('./commands/status.ts');
    await status(cabinet, options);
  });

program
  .command('watch')
  .description('show live what the running service does, of all cabinets or of one, until Ctrl+C')
  .argument('[cabinet]', 'id of a cabinet')
  .option('--since <id>', 'begin with what came after this event')
  .option('--url <url>', 'where the service listens; default: HTTP_HOST and API_PORT')
  .option('--json', 'print each event as a line of JSON')
  .action(async (cabinet: string | undefined, options: WatchCommandOptions) => {
    const { watch } = await import('./commands/watch.ts');
    await watch(cabinet, options);
  });

const failures = program
  .command('failures')
  .description(
    'show what could not be indexed, of all cabinets or of one, and why; `failures retry` tries it again',
  )
  .argument('[cabinet]', 'id of a cabinet')
  .option('--json', 'print JSON')
  .action(async (cabinet: string | undefined, options: { json?: true }) => {
    const { failures } = await import('./commands/failures.ts');
    await failures(cabinet, options);
  });

failures
  .command('retry')
  .description('try one again, or all; exits with 1 when something stays as it is')
  .argument('[id]', 'as `wb-assist failures` shows it, for example row:1/wb_reviews/17')
  .option('--all', 'everything that failed')
  .option('--cabinet <id>', 'with --all: only of this cabinet')
  .action(async (id: string | undefined, options: { all?: true; cabinet?: string }) => {
    const { retryFailures } = await import('./commands/failures.ts');
    process.exitCode = await retryFailures(id, options);
  });

program
  .command('psql')
  .description(
    'open psql on the database, with its password; of the embedded Postgres, that of the running service',
  )
  .argument('[arguments...]', 'passed on to psql, as -c "select …"')
  .option('--url', 'print the address instead, for other programs; it has the password in it')
  .option('--vector', 'the vector database, where it is another')
  .allowUnknownOption()
  .action(async (psqlArguments: string[], options: PsqlOptions) => {
    const { psql } = await import('./commands/psql.ts');
    await psql(psqlArguments, options);
  });

const keys = program
  .command('keys')
  .description(
    'show the keys of the HTTP API that are bound to a cabinet; `keys create` makes one, `keys revoke` ends one',
  )
  .argument('<cabinet>', 'id of the cabinet')
  .option('--json', 'print JSON')
  .action(async (cabinet: string, options: { json?: true }) => {
    const { keys } = await import('./commands/keys.ts');
    await keys(cabinet, options);
  });

keys
  .command('create')
  .description('make a key that may only read, search and chat in this cabinet; it is shown this once')
  .argument('<cabinet>', 'id of the cabinet')
  .argument('<name>', 'what it is for')
  .option('--json', 'print JSON')
  .action(async (cabinet: string, name: string, options: { json?: true }) => {
    const { createKey } = await import('./commands/keys.ts');
    await createKey(cabinet, name, options);
  });

keys
  .command('revoke')
  .description('end a key, at once and for good')
  .argument('<id>', 'as `wb-assist keys` shows it')
  .action(async (id: string) => {
    const { endKey } = await import('./commands/keys.ts');
    await endKey(id);
  });

const tokens = program
  .command('tokens')
  .description(
    'show how the Wildberries token of each cabinet is stored; `tokens encrypt` encrypts all with the current key, or a new one',
  )
  .option('--json', 'print JSON')
  .action(async (options: { json?: true }) => {
    const { tokens } = await import('./commands/tokens.ts');
    await tokens(options);
  });

tokens
  .command('encrypt')
  .description(
    'encrypt every token that stands in clear or is encrypted with an older key; exits with 1 when one cannot be',
  )
  .option(
    '--new-key',
    'make a new key in .wb-token-key first; older ones stay in it, and decrypt older dumps',
  )
  .action(async (options: { newKey?: true }) => {
    const { encryptTokens } = await import('./commands/tokens.ts');
    process.exitCode = await encryptTokens(options);
  });

tokens
  .command('decrypt')
  .description(
    'write every token in clear, before a step back to a version that does not encrypt; stop the service first',
  )
  .action(async () => {
    const { decryptTokens } = await import('./commands/tokens.ts');
    process.exitCode = await decryptTokens();
  });

program
  .command('schedules')
  .description('show what runs by itself, when it does next (UTC), and what does not belong among it')
  .option('--json', 'print JSON')
  .action(async (options: { json?: true }) => {
    const { schedules } = await import('./commands/schedules.ts');
    await schedules(options);
  });

program
  .command('doctor')
  .description(
    'check everything that the index rests on, with a remedy for what is wrong; exits with 1 when something is',
  )
  .option('--repair', 'mend what can safely be mended')
  .option('--cabinet <id>', 'of the cabinets, look only at this one')
  .option('--json', 'print JSON at the end, and nothing before')
  .action(async (options: DoctorOptions) => {
    const { doctor } = await import('./commands/doctor/doctor.ts');
    process.exitCode = await doctor(options);
  });

program
  .command('search')
  .description('search the index of one cabinet')
  .argument('<cabinet>', 'id of the cabinet')
  .argument('<query...>', 'what to look for, in plain words')
  .option('-n, --limit <number>', 'how many results, 1 to 100 (RAG_MAX_CHUNKS unless given)')
  .addOption(
    new Option('-t, --type <type...>', 'only chunks of these types').choices([
      'order',
      'product',
      'stock',
      'review',
      'sale',
    ]),
  )
  .option('-s, --min-similarity <number>', 'only results at least this similar, -1 to 1')
  .addOption(
    new Option('-m, --mode <mode>', 'compare meanings, words, or both').choices(['hybrid', 'vector', 'text']),
  )
  .option('--from <date>', 'only of this day (YYYY-MM-DD) or later')
  .option('--to <date>', 'only of this day or earlier')
  .option('--nm-id <number>', 'only of this product')
  .option('--plain', 'do not make filters of types, products, periods and the like in the question')
  .option('--ignore <kind...>', 'do not understand such things from the question: period, size, …')
  .option('--explain', 'show the rank of each result by vector, by words and by date')
  .option('--json', 'print JSON')
  .action(async (cabinet: string, query: string[], options: Record<string, unknown>) => {
    const { search } = await import('./commands/search.ts');
    await search(cabinet, query.join(' '), options);
  });

program
  .command('analytics')
  .description(
    'sums, rankings, rates and comparisons of one cabinet; without a function, or with --help, what there is',
  )
  .argument('[cabinet]', 'id of the cabinet')
  .argument('[function]', 'for example top_products')
  .argument('[parameters...]', '--name value, as the list says, and --json')
  .helpOption(false)
  .allowUnknownOption()
  .action(
    async (
      cabinet: string | undefined,
      name: string | undefined,
      parameters: string[],
      _options,
      command: Command,
    ) => {
      const { analytics, analyticsHelp } = await import('./commands/analytics.ts');
      if (
        cabinet === undefined ||
        name === undefined ||
        [cabinet, name, ...parameters].some((part) => ['--help', '-h'].includes(part))
      ) {
        console.log(
          `${command.helpInformation()}\nFunctions and their parameters (… : may be repeated):\n${analyticsHelp()}`,
        );
        return;
      }
      await analytics(cabinet, name, parameters);
    },
  );

program
  .command('ask')
  .description(
    'answer one question about a cabinet, from its rows and figures; by a language model when one is configured',
  )
  .argument('<cabinet>', 'id of the cabinet')
  .argument('<question...>', 'in plain words, Russian or English')
  .option('--conversation <id>', 'go on with this one, which `ask` and `chat` name at the end')
  .option('--sources', 'print the texts that the answer rests on')
  .option('--json', 'print JSON')
  .action(async (cabinet: string, question: string[], options: AskOptions) => {
    const { ask } = await import('./commands/ask.ts');
    process.exitCode = await ask(cabinet, question.join(' '), options);
  });

program
  .command('chat')
  .description('ask about a cabinet, question after question; from a pipe every line is one')
  .argument('<cabinet>', 'id of the cabinet')
  .option('--conversation <id>', 'go on with this one')
  .action(async (cabinet: string, options: { conversation?: string }) => {
    const { chat } = await import('./commands/chat.ts');
    process.exitCode = await chat(cabinet, options);
  });

program
  .command('sync')
  .description(
    'synchronise a cabinet with Wildberries now, and show how far it is; exits with 1 when it or a part of it failed',
  )
  .argument('<cabinet>', 'id of the cabinet')
  .option('--json', 'print JSON at the end, and nothing before')
  .action(async (cabinet: string, options: { json?: true }) => {
    const { sync } = await import('./commands/sync.ts');
    process.exitCode = await sync(cabinet, options);
  });

program
  .command('rebuild')
  .description(
    'compare every row of a cabinet with its chunk and mend what differs, and show how far it is; exits with 1 when it failed',
  )
  .argument('[cabinet]', 'id of the cabinet')
  .option('--all', 'every active cabinet, and what is left of others')
  .option('--reembed', 'embed every text anew by the configured model, which is paid for')
  .option('--json', 'print JSON at the end, and nothing before')
  .action(async (cabinet: string | undefined, options: RebuildOptions) => {
    const { rebuild } = await import('./commands/rebuild.ts');
    process.exitCode = await rebuild(cabinet, options);
  });

program
  .command('reembed')
  .description(
    'embed every text of a cabinet anew by the configured model; searches change to the new vectors when all are there',
  )
  .argument('[cabinet]', 'id of the cabinet')
  .option('--all', 'every active cabinet')
  .option(
    '--rollback',
    'instead, go back to the model that was searched before, while its vectors are kept (30 days)',
  )
  .option('--json', 'print JSON at the end, and nothing before')
  .action(async (cabinet: string | undefined, options: RebuildOptions) => {
    const { rebuild } = await import('./commands/rebuild.ts');
    process.exitCode = await rebuild(cabinet, { ...options, reembed: true });
  });

program
  .command('simulate')
  .description('play the Wildberries API on a local port, with a made-up shop for every seller that calls')
  .option('-p, --port <number>', 'port on 127.0.0.1; 0: any free one', '8100')
  .option('--seed <text>', 'other shops')
  .option('--products <number>', 'cards of a shop')
  .option('--orders-per-day <number>', 'orders of an average day')
  .option('--reviews-per-day <number>', 'reviews of an average day')
  .option('--no-limits', 'no limits on requests')
  .option('--limit-scale <factor>', 'multiplies the intervals of the limits')
  .option('--at <time>', 'where the time of the shops stands still, for example 2026-11-25T12:00:00+03:00')
  .option('--named-warehouses', 'tells the warehouses apart, as Wildberries did until August 2026')
  .option('--rows-per-page <number>', 'rows of one answer with orders or sales')
  .action(async (options: SimulateOptions) => {
    const { simulate } = await import('./commands/simulate.ts');
    await simulate(options);
  });

program
  .command('demo')
  .description('show the whole path on a throw-away database: rows written by SQL become searchable')
  .action(async () => {
    const { demo } = await import('./commands/demo/demo.ts');
    process.exitCode = await demo();
  });

/** Runs one command and leaves its exit code: 0, or 1 with the reason on stderr. */
export async function main(argv: readonly string[]): Promise<void> {
  // Whoever read the output has read enough (`wb-assist status | head -1`). What runs goes on, or cleans up, without it.
  process.stdout.on('error', () => undefined);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    // An AppError is written for people; anything else is a fault of ours, where the stack helps.
    console.error(
      isAppError(error)
        ? `wb-assist: ${error.message}`
        : error instanceof Error
          ? error.stack
          : messageOf(error),
    );
    if (isAppError(error)) console.error(`(${error.code})`);
    process.exitCode = 1;
  }
  // What is still open by now (a connection attempt that hangs, say) must not keep the process.
  await new Promise((resolve) => process.stdout.write('', resolve)).catch(() => undefined);
  process.exit();
}
