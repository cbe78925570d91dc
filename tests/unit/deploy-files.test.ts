import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { CONFIG_VARIABLES } from '../../src/config.ts';
import { isOurs, readCompose } from '../helpers/compose-file.ts';
import { ROOT } from '../helpers/dockerfile.ts';
import { parseGuide } from '../helpers/guide.ts';

interface Override {
  services: Record<string, { image?: string; environment?: Record<string, string>; secrets?: string[] }>;
  secrets?: Record<string, { file: string }>;
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const readOverride = (file: string) => parse(read(file), { merge: true }) as Override;
const GUIDES = ['docs/deployment.ru.md', 'docs/containers.md'];
const services = readCompose({ API_SECRET_KEY: 'a', POSTGRES_PASSWORD: 'b' });

describe('what the guides leave in the repository', () => {
  const { status } = spawnSync('git', ['-C', ROOT, 'rev-parse', '--git-dir']);
  it('is ignored by git', { skip: status !== 0 && 'this is no git work tree' }, () => {
    const scripts = GUIDES.flatMap((guide) => parseGuide(read(guide)).map(({ script }) => script));
    const written = scripts
      .flatMap((script) => [...script.matchAll(/(?<![<>0-9&])> ?([\w./${}-]+)/g)].map(([, file]) => file!))
      .map((file) => file.replaceAll(/\$\{?\w+\}?/g, 'name'))
      // Not what SQL compares.
      .filter((file) => /[./]/.test(file) && file !== '/dev/null');
    assert.ok(written.includes('wb_assist.dump') && written.includes('secrets/api_secret_key'));
    for (const file of written) {
      const ignored = spawnSync('git', ['-C', ROOT, 'check-ignore', '--no-index', '-q', file]).status;
      assert.equal(ignored, 0, file);
    }
  });
});

describe('deploy/compose.secrets.yaml', () => {
  const override = readOverride('deploy/compose.secrets.yaml');

  it('takes every secret of compose.yaml out of the variables, and gives its file to who needs it', () => {
    for (const [name, service] of Object.entries(services).filter(([, one]) => isOurs(one))) {
      const { environment = {}, secrets = [] } = override.services[name]!;
      const inClear = Object.entries(service.environment)
        .filter(([, value]) => value === 'a' || value === 'b' || /:b@/.test(value ?? ''))
        .map(([variable]) => variable);
      assert.ok(inClear.length > 0, name);
      for (const variable of inClear) {
        assert.equal(environment[variable], '', `${name}: ${variable}`);
        const secret = /^\/run\/secrets\/(\w+)$/.exec(environment[`${variable}_FILE`] ?? '')?.[1];
        assert.ok(secret !== undefined && secrets.includes(secret), `${name}: ${variable}_FILE`);
        assert.equal(override.secrets?.[secret]?.file, `./secrets/${secret}`);
        assert.ok(variable in CONFIG_VARIABLES);
      }
    }
    // The image wants a password of the superuser, which has none in the end.
    const { environment: given = {}, secrets } = override.services['db']!;
    assert.equal(given['POSTGRES_PASSWORD'], 'unused');
    assert.equal(given['WB_ASSIST_PASSWORD_FILE'], `/run/secrets/${secrets![0]!}`);
    assert.match(read('deploy/create-databases.sql'), /WB_ASSIST_PASSWORD_FILE/);
  });

  it('has its files made by the page that explains it', () => {
    const made = parseGuide(read('docs/containers.md'))
      .map(({ script }) => script.replaceAll('${database}', 'wb_assist').replaceAll('\\\n', ''))
      .join('\n');
    for (const secret of Object.keys(override.secrets!))
      assert.ok(made.includes(`secrets/${secret.replace('wb_assist_rag_url', 'wb_assist_url')}`), secret);
  });
});

describe('deploy/compose.tls.yaml', () => {
  it('adds a proxy of an exact version, before ports that stay closed to others', () => {
    const { services: added } = readOverride('deploy/compose.tls.yaml');
    assert.deepEqual(Object.keys(added), ['proxy']);
    assert.match(added['proxy']!.image!, /:\d+\.\d+\.\d+-/);
    const [, port] = /reverse_proxy api:(\d+)/.exec(read('deploy/Caddyfile'))!;
    assert.equal(port, services['api']!.environment['API_PORT']);
  });
});
