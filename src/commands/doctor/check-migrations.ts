import { migrationState, type MigrationSetName } from '../../database/migrations.ts';
import { count, type Check, type Finding } from './finding.ts';

export const checkMainMigrations = checkMigrations('main');
export const checkVectorMigrations = checkMigrations('vector');

function checkMigrations(set: MigrationSetName): Check {
  const check = `${set} migrations`;
  return {
    name: check,
    needs: [set],
    async run(examination): Promise<Finding[]> {
      const { connectionString } = examination[set];
      const { applied, pending, unknown } = await migrationState({ set, connectionString });
      if (pending.length > 0) {
        const detail = `${count(pending.length, 'migration')} pending: ${pending.join(', ')}`;
        return [{ check, status: 'failed', detail, remedy: 'npx wb-assist migrate up' }];
      }
      if (unknown.length > 0) {
        const detail = `the database is newer than this version of the program, which does not know ${unknown.join(', ')}`;
        return [{ check, status: 'warning', detail, remedy: 'Run the version that the service runs.' }];
      }
      examination.available.add(`${set} schema`);
      return [
        { check, status: 'ok', detail: `${applied.length} applied, up to ${applied.at(-1) ?? 'none'}` },
      ];
    },
  };
}
