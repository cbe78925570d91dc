import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readEnvFile } from '../../src/commands/env-file.ts';
import { isConfigVariable } from '../../src/load-config.ts';
import { isAppError } from '../../src/errors.ts';

describe('a .env file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'env-file-'));
  after(() => {
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, '.env');
  const read = (content: string | Buffer) => {
    writeFileSync(path, content);
    return readEnvFile(path, isConfigVariable);
  };

  it('is read from its first variable to its last, however it was saved', () => {
    const expected = { DATABASE_URL: 'postgres://u:p@h/db', API_PORT: '8001' };
    for (const content of [
      'DATABASE_URL=postgres://u:p@h/db\nAPI_PORT=8001\n',
      '\ufeffDATABASE_URL=postgres://u:p@h/db\r\nAPI_PORT=8001',
      '\n# words\nexport DATABASE_URL = "postgres://u:p@h/db" # more\n\n  API_PORT=8001 # the port\n',
    ])
      assert.deepEqual({ ...read(content) }, expected);
    assert.equal(readEnvFile(join(directory, 'none'), isConfigVariable), undefined);
  });

  it('that would be misread in silence is refused, with its line, and no value is shown', () => {
    const hidden = 's3cret';
    const wrong: [content: string | Buffer, says: RegExp][] = [
      [Buffer.from(`\ufeffDATABASE_URL=postgres://u:${hidden}@h/db\n`, 'utf16le'), /not UTF-8.*UTF-16/],
      [Buffer.from(`DATABASE_URL=postgres://u:${hidden}@h/db\n`, 'utf16le').swap16(), /not UTF-8/],
      [Buffer.from([0x41, 0x3d, 0xcf, 0xf0, 0x0a]), /not UTF-8/],
      [`API_PORT=1\nDATABASE_URL: postgres://u:${hidden}@h/db\n`, /line 2 names DATABASE_URL, but/],
      [`API_SECRET_KEY ${hidden}\n`, /line 1 names API_SECRET_KEY/],
      [`API_SECRET_KEY=${hidden}#${hidden}\n`, /line 1: API_SECRET_KEY has a # .*quotes/],
      [`DATABASE_URL_FILE=/run/${hidden}#1\n`, /line 1: DATABASE_URL_FILE has a #/],
    ];
    for (const [content, says] of wrong)
      assert.throws(
        () => read(content),
        (error) =>
          isAppError(error, 'config_invalid') &&
          says.test(error.message) &&
          error.message.includes(path) &&
          !error.message.includes(hidden),
        String(content),
      );
    mkdirSync(join(directory, 'folder'));
    assert.throws(
      () => readEnvFile(join(directory, 'folder'), isConfigVariable),
      /folder cannot be read: EISDIR/,
    );
  });

  it('may hold what is not for the program, however that is written', () => {
    const content = `NOTE: anything\nCOLOR=#fff\nPEM="-----BEGIN\nAPI_PORT inside\n-----END"\nAPI_SECRET_KEY="with#inside"\n`;
    const variables = read(content);
    assert.equal(variables?.['API_SECRET_KEY'], 'with#inside');
    assert.match(variables['PEM'] ?? '', /inside/);
  });
});
