import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { patchDashboard } from '../../src/http/admin/load-dashboard.ts';
import { isAppError } from '../../src/errors.ts';

const BUILD = fileURLToPath(import.meta.resolve('@pg-boss/dashboard/build/server/index.js'));

describe('the changes that the queue dashboard needs', () => {
  const source = readFileSync(BUILD, 'utf8');

  it('fit the installed version, and make its pg-boss work with the schema of ours', () => {
    const { pgboss } = createRequire(import.meta.url)('pg-boss/package.json') as {
      pgboss: { schema: number };
    };
    assert.ok(patchDashboard(source).includes(`pgboss: { "schema": ${pgboss.schema} }`));
  });

  it('are refused by a version that they do not fit, instead of being left out', () => {
    assert.throws(
      () => patchDashboard(source.replace('DEFAULT_QUERY_TIMEOUT_MS', 'OTHER_NAME')),
      (error) => isAppError(error, 'internal') && error.message.includes('DEFAULT_QUERY_TIMEOUT_MS'),
    );
  });
});
