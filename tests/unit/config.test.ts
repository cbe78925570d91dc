import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CONFIG_VARIABLES } from '../../src/config.ts';
import { loadConfig } from '../../src/load-config.ts';
import { isAppError } from '../../src/errors.ts';

/** The error that this environment causes. */
function problemsOf(env: Record<string, string>): { message: string; problems: string[] } {
  try {
    loadConfig(env);
  } catch (error) {
    assert.ok(isAppError(error, 'config_invalid'));
    return { message: error.message, problems: error.details['problems'] as string[] };
  }
  return assert.fail(`was taken: ${JSON.stringify(env)}`);
}

describe('the configuration', () => {
  it('is complete without any variable', () => {
    const config = loadConfig({});
    assert.equal(config.DATABASE_URL, undefined);
    assert.deepEqual(
      [
        config.API_PORT,
        config.RAG_PORT,
        config.RAG_ENABLED,
        config.RAG_WINDOW_DAYS,
        config.OPENAI_EMBEDDINGS_MODEL,
      ],
      [8000, 9000, true, 90, 'text-embedding-3-small'],
    );
  });

  it('names every problem at once, each with its variable, the expected form and an example', () => {
    const { message, problems } = problemsOf({
      DATABASE_URL: 'mysql://somewhere/db',
      API_PORT: '70000',
      RAG_ENABLED: 'maybe',
      RAG_BATCH_MAX_IDS: '12.5',
      LOG_LEVEL: 'loud',
      API_SECRET_KEY: 'short',
    });
    const expected: Record<string, RegExp> = {
      DATABASE_URL: /postgres:\/\/user:password@host:5432\/database/,
      API_PORT: /0 to 65535.*8000/,
      RAG_ENABLED: /true or false.*RAG_ENABLED=false/,
      RAG_BATCH_MAX_IDS: /1 to 5000.*500/,
      LOG_LEVEL: /trace, debug, info/,
      API_SECRET_KEY: /8 characters.*openssl/,
    };
    assert.equal(problems.length, Object.keys(expected).length);
    for (const [name, form] of Object.entries(expected)) {
      const problem = problems.find((text) => text.startsWith(`${name}: `));
      assert.match(problem ?? '', form, name);
      assert.ok(message.includes(problem!));
    }
  });

  it('never shows a value, which may be a secret', () => {
    const secret = 'hunter2';
    for (const [name] of Object.entries(CONFIG_VARIABLES)) {
      try {
        loadConfig({ [name]: secret });
      } catch (error) {
        assert.ok(isAppError(error));
        assert.ok(!`${error.message}${JSON.stringify(error.details)}`.includes(secret), name);
      }
    }
    const url = problemsOf({ DATABASE_URL: `http://user:${secret}@host/db` });
    assert.ok(!url.message.includes(secret));
  });

  it('reads a list of origins, and * for all', () => {
    assert.equal(loadConfig({}).API_CORS_ORIGINS, undefined);
    assert.deepEqual(
      loadConfig({ API_CORS_ORIGINS: 'https://a.example, http://localhost:3000' }).API_CORS_ORIGINS,
      ['https://a.example', 'http://localhost:3000'],
    );
    assert.deepEqual(loadConfig({ API_CORS_ORIGINS: '*' }).API_CORS_ORIGINS, ['*']);
    for (const wrong of [
      'https://a.example/',
      'a.example',
      'https://a.example,',
      'https://*.example/x',
      'null',
    ])
      assert.equal(problemsOf({ API_CORS_ORIGINS: wrong }).problems.length, 1, wrong);
  });

  it('takes an empty or blank variable as one that is not set', () => {
    const empty = Object.fromEntries(Object.keys(CONFIG_VARIABLES).map((name) => [name, '']));
    assert.deepEqual(loadConfig(empty), loadConfig({}));
    assert.equal(loadConfig({ API_PORT: '  ' }).API_PORT, 8000);
    assert.equal(loadConfig({ API_PORT: ' 8123 ' }).API_PORT, 8123);
  });

  it('knows RAG_DATABASE_URL under its older name too, and prefers the newer one', () => {
    const older = 'postgres://older/db';
    const newer = 'postgres://newer/db';
    assert.equal(loadConfig({ RAG_VECTOR_DB_URL: older }).RAG_DATABASE_URL, older);
    assert.equal(loadConfig({ RAG_VECTOR_DB_URL: older, RAG_DATABASE_URL: newer }).RAG_DATABASE_URL, newer);
    assert.equal(loadConfig({ RAG_VECTOR_DB_URL: older, RAG_DATABASE_URL: '' }).RAG_DATABASE_URL, older);
    problemsOf({ RAG_VECTOR_DB_URL: 'not a url' });
  });

  it('understands the usual words for true and false, in any case', () => {
    for (const word of ['true', 'TRUE', '1', 'yes', 'On']) {
      assert.equal(loadConfig({ RAG_ENABLED: word }).RAG_ENABLED, true, word);
    }
    for (const word of ['false', 'False', '0', 'no', 'OFF']) {
      assert.equal(loadConfig({ RAG_ENABLED: word }).RAG_ENABLED, false, word);
    }
    for (const word of ['constructor', '__proto__', 'toString', '2', 'ja']) problemsOf({ RAG_ENABLED: word });
  });

  it('takes only whole decimal numbers within their bounds', () => {
    for (const text of ['-1', '65536', '1e3', '0x10', '8000.0', 'Infinity', 'NaN', '8 000', '٣']) {
      problemsOf({ API_PORT: text });
    }
    assert.equal(loadConfig({ API_PORT: '0' }).API_PORT, 0);
    assert.equal(loadConfig({ API_PORT: '65535' }).API_PORT, 65535);
  });

  it('names what is wrong with the URL of a database', () => {
    const wrong: Record<string, RegExp> = {
      'postgresql+asyncpg://u:hunter2@h/db': /SQLAlchemy: leave \+asyncpg out/,
      'postgres+psycopg2://u:hunter2@h/db': /leave \+psycopg2 out/,
      'jdbc:postgresql://h/db?password=hunter2': /jdbc: is of Java/,
      'mysql://u:hunter2@h/db': /form postgres:.*not one of mysql:/,
      'host=h dbname=db password=hunter2': /a URL, not keywords/,
      '"postgres://u:hunter2@h/db"': /without them/,
      'postgres://u:hun#ter2@h:5432/db': /raw #.*%23/,
      'postgres://u:12#hunter2@h/db': /raw #.*%23/,
      'postgres://u:12?hunter2@h/db': /raw \?.*%3F/,
      'postgres://u:12/hunter2@h/db': /raw \/.*%2F/,
      'postgres://u:hunter2@h/db#x': /raw #/,
      'postgres://u:hunter2@h1:5432,h2:5432/db': /several hosts/,
      'postgres://u:hunter2%@h/db': /%25/,
      'postgres://u:hunter2@h:port/db': /of the form/,
      'postgres://u:hunter2@h/db?sslmode=on': /sslmode is one of/,
      'postgres://u:hunter2@h/db?sslmode=verify-full&sslrootcert=/no/such.pem':
        /sslrootcert names the file \/no\/such\.pem, which cannot be read \(ENOENT\)/,
    };
    for (const [url, says] of Object.entries(wrong)) {
      const { problems, message } = problemsOf({ RAG_DATABASE_URL: url });
      assert.equal(problems.length, 1, url);
      assert.match(problems[0]!, says, url);
      assert.match(problems[0]!, /^RAG_DATABASE_URL: /);
      assert.doesNotMatch(message, /ter2/, url);
    }
    for (const url of [
      'postgres://u:p@h/db',
      'postgresql://u:p%23%2F%3F%40@h:5432/db?sslmode=require&application_name=a@b',
      'postgres://u:p@ss@h/db',
      'postgres://h/db',
      'postgres:///db?host=/var/run/postgresql',
      'postgres://u@[::1]:5432/db',
      'postgres://u:p@h',
    ])
      assert.equal(loadConfig({ DATABASE_URL: url }).DATABASE_URL, url);
  });

  it('reads secrets from files, and says which file is no secret', (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
    t.after(() => {
      rmSync(directory, { recursive: true });
    });
    const file = (name: string, content: string | Buffer) => {
      writeFileSync(join(directory, name), content);
      return join(directory, name);
    };
    const key = file('key', '\ufeffa-secret-of-the-test\r\n');
    const database = file('database', 'postgres://u:p@h/db\n');
    const config = loadConfig({ API_SECRET_KEY_FILE: key, DATABASE_URL_FILE: database });
    assert.equal(config.API_SECRET_KEY, 'a-secret-of-the-test');
    assert.equal(config.DATABASE_URL, 'postgres://u:p@h/db');
    assert.equal(loadConfig({ API_SECRET_KEY_FILE: ' ' }).API_SECRET_KEY, undefined);

    const { problems } = problemsOf({
      OPENAI_API_KEY_FILE: join(directory, 'none'),
      RAG_DATABASE_URL_FILE: file('empty', '\n'),
      API_SECRET_KEY_FILE: key,
      API_SECRET_KEY: 'another-secret-of-the-test',
      DATABASE_URL_FILE: file('utf16', Buffer.from('postgres://h/db', 'utf16le')),
      API_PORT: 'x',
    });
    assert.equal(problems.length, 5);
    const said = problems.join('\n');
    assert.match(said, /^OPENAI_API_KEY_FILE: the file .*none cannot be read \(ENOENT\)$/m);
    assert.match(said, /^RAG_DATABASE_URL_FILE: the file .*empty is empty$/m);
    assert.match(said, /^API_SECRET_KEY_FILE: API_SECRET_KEY is set as well: leave one of the two out$/m);
    assert.match(said, /^DATABASE_URL_FILE: the file .*utf16 is no UTF-8 text$/m);
    problemsOf({ DATABASE_URL_FILE: key });
  });

  it('gives every variable a meaning', () => {
    for (const [name, { meaning }] of Object.entries(CONFIG_VARIABLES)) assert.ok(meaning.length > 10, name);
  });
});
