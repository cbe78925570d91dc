import { MIGRATION_SETS, migrate, migrationState, type MigrationSetName } from '../database/migrations.ts';
import { AppError } from '../errors.ts';
import { prepareQueues } from '../jobs/prepare-queues.ts';
import { silentLog } from '../log.ts';
import { requireOperatorKey } from '../operator-key.ts';
import { openDatabaseUrls } from './databases.ts';
import { readConfig } from './environment.ts';

export interface MigrateCommandOptions {
  database?: MigrationSetName;
  count?: string;
}

const ACTIONS = ['up', 'down', 'status', 'fake'] as const;

export async function migrateCommand(action: string, options: MigrateCommandOptions): Promise<void> {
  if (!(ACTIONS as readonly string[]).includes(action)) {
    throw new AppError('invalid_request', `Unknown action "${action}": it is one of ${ACTIONS.join(', ')}.`);
  }
  if (action === 'down' && options.database === undefined) {
    throw new AppError(
      'invalid_request',
      'Rolling back deletes data. Say of which database: --database main or --database vector',
    );
  }
  const count = options.count === undefined ? undefined : Number(options.count);
  if (count !== undefined && !(Number.isSafeInteger(count) && count > 0)) {
    throw new AppError('invalid_request', '--count has to be a whole number above 0');
  }
  const log = silentLog();
  const config = readConfig();
  // What would keep the services from starting stops an upgrade here, while those of the version before still serve. A
  // machine that only migrates needs no key.
  if (action === 'up' && config.API_SECRET_KEY !== undefined) requireOperatorKey(config);
  const urls = await openDatabaseUrls(config, log, { create: action === 'up' || action === 'fake' });
  try {
    for (const set of Object.keys(MIGRATION_SETS) as MigrationSetName[]) {
      if (options.database !== undefined && options.database !== set) continue;
      const target = { set, connectionString: urls[set] };
      if (action !== 'status') {
        const direction = action === 'down' ? 'down' : 'up';
        const names = await migrate({
          ...target,
          direction,
          log,
          fake: action === 'fake',
          ...(count === undefined ? {} : { count }),
        });
        const verb = { up: 'applied', down: 'rolled back', fake: 'recorded as applied' }[
          action as 'up' | 'down' | 'fake'
        ];
        for (const name of names) console.log(`${set}: ${verb} ${name}`);
      }
      const state = await migrationState(target);
      // Else the first processes of a new database would make it side by side, and all but one of them log an error.
      if (action === 'up' && set === 'main' && state.pending.length === 0)
        await prepareQueues(urls.main, log);
      const newest = state.applied.at(-1) ?? 'none';
      console.log(
        `${set}: ${state.database}: newest applied ${newest}, ${state.applied.length} applied, ${state.pending.length} pending`,
      );
      if (action === 'status') {
        for (const name of state.pending) console.log(`${set}:   pending ${name}`);
        for (const name of state.unknown)
          console.log(`${set}:   applied but unknown to this version ${name}`);
      }
    }
  } finally {
    await urls.close();
  }
}
