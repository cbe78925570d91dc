import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import pg from 'pg';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory } from '../helpers/run-program.ts';
import { startServiceProcess } from '../helpers/service-process.ts';
import { useMigratedDataDirectory } from '../helpers/data-directories.ts';

/** A psql that tells how it was started, since not every machine has the real one. */
const TELLS = `#!${process.execPath}
console.log(JSON.stringify({ arguments: process.argv.slice(2), password: process.env.PGPASSWORD ?? null }));
process.exitCode = 3;
`;

interface Told {
  arguments: string[];
  password: string | null;
}

describe('`wb-assist psql`', () => {
  async function run(t: TestContext, parameters: string[], env: Record<string, string>, withPsql = true) {
    const cwd = await emptyDirectory(t);
    const bin = join(cwd, 'bin');
    await mkdir(bin);
    if (withPsql) await writeFile(join(bin, 'psql'), TELLS);
    if (withPsql) await chmod(join(bin, 'psql'), 0o755);
    const path = withPsql ? `${bin}${delimiter}${process.env['PATH'] ?? ''}` : dirname(process.execPath);
    const outcome = await runInSession(['psql', ...parameters], { cwd, env: { ...env, PATH: path } });
    assert.doesNotMatch(outcome.stderr, /\n\s+at /);
    return outcome;
  }

  const server = 'postgres://seller:se%2Fcret@db.example:6543/shop?sslmode=require';

  it('starts psql with the address, passes its arguments on and ends as it does', async (t) => {
    const outcome = await run(t, ['-c', 'select 1', '--csv'], { DATABASE_URL: server });
    assert.equal(outcome.code, 3);
    const told = JSON.parse(outcome.stdout) as Told;
    // What stands on a command line, every user of the machine can read.
    assert.deepEqual(told, {
      arguments: ['postgres://seller@db.example:6543/shop?sslmode=require', '-c', 'select 1', '--csv'],
      password: 'se/cret',
    });
  });

  it('keeps a password off the command line wherever the address has it', async (t) => {
    const url = 'postgres://db.example/shop?user=seller&password=se%2Fcret&options=-c%20jit%3Doff';
    const told = JSON.parse((await run(t, ['--', '--csv'], { DATABASE_URL: url })).stdout) as Told;
    assert.equal(told.password, 'se/cret');
    assert.deepEqual(told.arguments.slice(1), ['--csv']);
    assert.equal(told.arguments[0], 'postgres://db.example/shop?user=seller&options=-c%20jit%3Doff');
  });

  it('needs no embedded Postgres for a vector database on a server', async (t) => {
    const env = { RAG_DATABASE_URL: 'postgres://127.0.0.1/vectors' };
    assert.equal((await run(t, ['--url', '--vector'], env)).stdout, 'postgres://127.0.0.1/vectors\n');
    assert.deepEqual((JSON.parse((await run(t, ['--vector'], env)).stdout) as Told).arguments, [
      'postgres://127.0.0.1/vectors',
    ]);
  });

  it('prints the address with --url, of the vector database with --vector', async (t) => {
    const env = { DATABASE_URL: server, RAG_DATABASE_URL: 'postgres://127.0.0.1/vectors' };
    assert.equal((await run(t, ['--url'], env)).stdout, `${server}\n`);
    assert.equal((await run(t, ['--url', '--vector'], env)).stdout, 'postgres://127.0.0.1/vectors\n');
  });

  it('says what to do where there is no psql', async (t) => {
    const outcome = await run(t, [], { DATABASE_URL: server }, false);
    assert.equal(outcome.code, 1);
    assert.match(
      outcome.stderr,
      /There is no psql on this machine.*apt-get install postgresql-client.*--url/s,
    );
    assert.ok(!outcome.stderr.includes('cret'));
  });

  it('connects to the embedded Postgres of the running service, and starts it where none runs', async (t) => {
    const env = await useMigratedDataDirectory(t);

    const gone = await run(t, ['--url'], env);
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /not running.*npm start/s);
    const alone = JSON.parse((await run(t, [], env)).stdout) as Told;
    assert.match(alone.arguments[0]!, /^postgres:\/\/wb_assist@127\.0\.0\.1:\d+\/postgres/);

    const service = await startServiceProcess({ env });
    t.after(() => service.end('SIGKILL'));
    const { databaseUrl } = await service.ready;
    assert.equal((await run(t, ['--url'], env)).stdout.trim(), databaseUrl);
    const client = new pg.Client(databaseUrl);
    await client.connect();
    assert.deepEqual((await client.query('select count(*)::int as n from wb_cabinets')).rows, [{ n: 0 }]);
    await client.end();
    assert.ok(!service.output().includes(new URL(databaseUrl).password), 'the log has the password');
    await service.end('SIGTERM');
  });
});
