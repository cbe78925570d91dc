import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory, runProgram } from '../helpers/run-program.ts';
import { useMigratedDataDirectory } from '../helpers/data-directories.ts';
import { createTestDatabase, nativeServerUrl } from '../helpers/test-database.ts';

const KEY = { API_SECRET_KEY: 'test-secret-key', API_PORT: '0', RAG_PORT: '0', EMBEDDED_POSTGRES_PORT: '0' };

interface Mistake {
  what: string;
  command?: string[];
  env: Record<string, string>;
  /** What its user has to be told. No stack, no secret. */
  says: RegExp[];
  /** In a process of its own, one for each place where starts are refused: it ends by itself. */
  alone?: boolean;
}

const MISTAKES: Mistake[] = [
  {
    what: 'a host that does not exist',
    env: { DATABASE_URL: 'postgres://seller:s3cret@no-such-host.invalid/shop' },
    says: [/DATABASE_URL \(no-such-host\.invalid:5432\/shop\) does not answer/, /database_unreachable/],
  },
  {
    what: 'a port where nothing listens',
    alone: true,
    env: { DATABASE_URL: 'postgres://seller:s3cret@127.0.0.1:1/shop' },
    says: [/DATABASE_URL \(127\.0\.0\.1:1\/shop\) does not answer: .*ECONNREFUSED/],
  },
  {
    what: 'a vector database that does not answer',
    command: ['migrate', 'status', '--database', 'vector'],
    env: {
      DATABASE_URL: 'postgres://seller:s3cret@127.0.0.1:1/shop',
      RAG_DATABASE_URL: 'postgres://seller:s3cret@127.0.0.1:2/vectors',
    },
    says: [/RAG_DATABASE_URL \(127\.0\.0\.1:2\/vectors\) does not answer/],
  },
  {
    what: 'malformed variables, all at once',
    alone: true,
    env: {
      DATABASE_URL: 'mysql://s3cret@host/db',
      RAG_ENABLED: 'maybe',
      RAG_BATCH_MAX_IDS: '0',
      LOG_LEVEL: 'loud',
    },
    says: [
      /DATABASE_URL: expected a URL of the form postgres:/,
      /RAG_ENABLED: expected true or false/,
      /RAG_BATCH_MAX_IDS: expected a whole number from 1 to 5000/,
      /LOG_LEVEL: expected trace, debug/,
    ],
  },
  {
    what: 'a password with a stray percent sign',
    env: { DATABASE_URL: 'postgres://seller:s3cret%@127.0.0.1:1/shop' },
    says: [/DATABASE_URL: expected a URL .*%25/],
  },
  {
    what: 'an API key that is too short',
    env: { API_SECRET_KEY: 's3cret' },
    says: [/API_SECRET_KEY: expected at least 8/],
  },
  {
    what: 'an API key that is too short for production',
    env: { NODE_ENV: 'production', API_SECRET_KEY: 's3cret-5fz8Q' },
    says: [/API_SECRET_KEY has fewer than 32 characters, and NODE_ENV is production/, /config_invalid/],
  },
  {
    what: 'the API key of an example in production, also of the role alone',
    command: ['api'],
    env: {
      NODE_ENV: 'production',
      API_SECRET_KEY: 'your-secret-key-s3cret-s3cret-s3cret',
      DATABASE_URL: 'postgres://seller:s3cret@127.0.0.1:1/shop',
    },
    says: [/API_SECRET_KEY is one that examples use/],
  },
  {
    what: 'an API key that is too short for other machines',
    env: { HTTP_HOST: '0.0.0.0', API_SECRET_KEY: 's3cret-5fz8Q' },
    says: [
      /API_SECRET_KEY has fewer than 32 characters, and HTTP_HOST 0\.0\.0\.0 lets other machines in/,
      /openssl rand/,
    ],
  },
  {
    what: 'such a key at a migration, which comes before the services of a new version',
    command: ['migrate', 'up'],
    env: {
      NODE_ENV: 'production',
      API_SECRET_KEY: 's3cret-5fz8Q',
      DATABASE_URL: 'postgres://seller:s3cret@127.0.0.1:1/shop',
    },
    says: [/API_SECRET_KEY has fewer than 32 characters, and NODE_ENV is production/, /config_invalid/],
  },
  {
    what: 'origins with a path',
    env: { API_CORS_ORIGINS: 'https://s3cret.example/,https://shop.example' },
    says: [/API_CORS_ORIGINS: expected origins separated by commas/],
  },
  {
    what: 'one role without a database to share',
    command: ['worker'],
    env: {},
    says: [/needs? one database: set DATABASE_URL/, /wb-assist start/],
  },
  {
    what: 'a data directory that is a file',
    alone: true,
    env: { WB_ASSIST_DATA_DIR: './file' },
    says: [/data_directory_unusable/, /WB_ASSIST_DATA_DIR/],
  },
  {
    what: 'a data directory that holds something else',
    env: { WB_ASSIST_DATA_DIR: './full' },
    says: [/data_directory_unusable/, /WB_ASSIST_DATA_DIR/],
  },
];

describe('a start that cannot work says why, and what to do', () => {
  for (const { what, command = ['start'], env, says, alone = false } of MISTAKES) {
    it(what, async (t) => {
      const cwd = await emptyDirectory(t);
      await writeFile(join(cwd, 'file'), 'not a directory');
      await mkdir(join(cwd, 'full'));
      await writeFile(join(cwd, 'full', 'thesis.txt'), 'years of work');
      const { code, stdout, stderr } = await (alone ? runProgram : runInSession)(command, {
        cwd,
        env: { ...KEY, ...env },
      });
      assert.equal(code, 1);
      for (const sentence of says) assert.match(stderr, sentence);
      assert.doesNotMatch(stdout + stderr, /s3cret|\n\s+at /);
    });
  }

  for (const variable of ['EMBEDDED_POSTGRES_PORT', 'API_PORT', 'RAG_PORT']) {
    it(`a port that is taken, by ${variable}`, async (t) => {
      const cwd = await emptyDirectory(t);
      const server = createServer().listen(0, '127.0.0.1');
      t.after(() => server.close());
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as { port: number };
      const { code, stderr } = await runInSession(['start'], {
        cwd,
        env: { ...KEY, ...(await useMigratedDataDirectory(t)), [variable]: String(port) },
      });
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`port ${port}`, 'i'));
      assert.match(stderr, new RegExp(variable));
    });
  }

  it('a .env without a key is left as it is, and the missing key is named', async (t) => {
    const cwd = await emptyDirectory(t);
    await writeFile(join(cwd, '.env'), 'LOG_LEVEL=warn\n');
    const { API_SECRET_KEY: _key, ...env } = KEY;
    const { code, stderr } = await runInSession(['start'], { cwd, env });
    assert.equal(code, 1);
    assert.match(stderr, /API_SECRET_KEY is not set/);
  });

  it('no key in production: none is made up, and nothing is begun', async (t) => {
    const cwd = await emptyDirectory(t);
    const { API_SECRET_KEY: _key, ...env } = KEY;
    const { code, stderr } = await runInSession(['start'], { cwd, env: { ...env, NODE_ENV: 'production' } });
    assert.equal(code, 1);
    assert.match(stderr, /API_SECRET_KEY is not set/);
    assert.deepEqual(await readdir(cwd), []);
  });

  it('a server whose TLS cannot be trusted, or that has none', async (t) => {
    const cwd = await emptyDirectory(t);
    const database = await createTestDatabase();
    t.after(() => database.drop());
    const url = new URL(database.connectionString);
    url.search = '?sslmode=verify-full';
    const { code, stderr } = await runInSession(['start'], { cwd, env: { ...KEY, DATABASE_URL: url.href } });
    assert.equal(code, 1);
    assert.match(stderr, /refused the connection: .*TLS settings \(sslmode\)/);
  });

  it(
    'a wrong password and an unknown database',
    { skip: nativeServerUrl === undefined && 'the embedded Postgres asks for no password' },
    async (t) => {
      const cwd = await emptyDirectory(t);
      const wrongPassword = new URL(nativeServerUrl!);
      wrongPassword.password = 's3cret';
      const unknownDatabase = new URL(nativeServerUrl!);
      unknownDatabase.pathname = '/no_such_database';
      for (const url of [wrongPassword, unknownDatabase]) {
        const { code, stderr } = await runInSession(['start'], {
          cwd,
          env: { ...KEY, DATABASE_URL: url.href },
        });
        assert.equal(code, 1);
        assert.match(stderr, /refused the connection: .*Check user, password, database name/);
        assert.doesNotMatch(stderr, /s3cret/);
      }
    },
  );

  it(
    'a role whose database lacks migrations names the command that applies them',
    { skip: nativeServerUrl === undefined && 'needs an empty database on a server' },
    async (t) => {
      const cwd = await emptyDirectory(t);
      const { default: pg } = await import('pg');
      const admin = new pg.Client({ connectionString: nativeServerUrl });
      await admin.connect();
      const name = `wb_assist_test_empty_${process.pid}`;
      await admin.query(`create database ${name}`);
      t.after(async () => {
        await admin.query(`drop database ${name} with (force)`);
        await admin.end();
      });
      const url = new URL(nativeServerUrl!);
      url.pathname = `/${name}`;
      const { code, stderr } = await runInSession(['listener'], {
        cwd,
        env: { ...KEY, DATABASE_URL: url.href },
      });
      assert.equal(code, 1);
      assert.match(stderr, /lacks \d+ migrations \(001_create_cabinets, .*wb-assist migrate up/s);
    },
  );
});
