import { MIGRATION_SETS, migrate, migrationState, type MigrationSetName } from '../database/migrations.ts';
import { AppError } from '../errors.ts';
import { silentLog } from '../log.ts';
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
  const urls = await openDatabaseUrls(readConfig(), log, { create: action === 'up' || action === 'fake' });
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
