import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../helpers/free-port.ts';
import { isOurs, readCompose, runOf, type ServiceRun } from '../helpers/compose-file.ts';
import { startContainerProcess, type ContainerProcess } from '../helpers/container-process.ts';
import { layOutImage, readImage, ROOT } from '../helpers/dockerfile.ts';
import { nativeServerUrl } from '../helpers/test-database.ts';
import { until } from '../helpers/until.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wb-assist-image-'));
  await layOutImage(directory);
});
after(() => rm(directory, { recursive: true, force: true }));

const filesOf = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' });

describe('the files of the image', () => {
  it('are enough for the program to say its version and what it can do', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const [, program] = readImage().entrypoint;
    for (const [parameter, answer] of [
      ['--version', version],
      ['--help', 'migrate'],
    ] as const) {
      const { stdout } = await promisify(execFile)(process.execPath, [program!, parameter], {
        cwd: directory,
        env: { NODE_OPTIONS: '--preserve-symlinks --preserve-symlinks-main' },
      });
      assert.ok(stdout.includes(answer), stdout);
    }
  });

  it('hold nothing but the program', () => {
    const top = readdirSync(directory).sort();
    assert.deepEqual(top, [
      'LICENSE',
      'bin',
      'migrations',
      'node_modules',
      'package.json',
      'rag-migrations',
      'src',
    ]);
    assert.ok(!readdirSync(join(directory, 'node_modules')).includes('typescript'));
  });
});

const NEEDS_SERVER =
  nativeServerUrl === undefined &&
  'containers share a server: TEST_DATABASE_URL names none, and the embedded Postgres has one owner';

describe('what compose.yaml starts, as processes', { skip: NEEDS_SERVER }, () => {
  const settings = {
    API_SECRET_KEY: randomBytes(32).toString('hex'),
    POSTGRES_PASSWORD: 'unused',
    // Nobody but the test writes.
    WB_SYNC_INTERVAL_MINUTES: '0',
  };
  const services = readCompose(settings);
  const server = new URL(nativeServerUrl ?? 'postgres://localhost');
  const suffix = randomBytes(4).toString('hex');

  it('comes up in its order, becomes healthy without a restart, indexes a row, and stops by its signal', async (t) => {
    await makeDatabases(t);
    const runs = await readRuns();
    const filesBefore = new Set(filesOf(directory));
    const processes = new Map<string, ContainerProcess>();
    t.after(() => Promise.all([...processes.values()].map((one) => one.stop())));

    await Promise.all(
      [...runs].map(async ([name, run]) => {
        for (const [other, condition] of Object.entries(run.dependsOn))
          await untilMet(other, condition, processes);
        processes.set(name, startContainerProcess(name, run, directory));
      }),
    );
    const goOn = [...processes.values()].filter(({ name }) => name !== 'migrate');
    assert.deepEqual(goOn.map(({ name }) => name).sort(), ['api', 'listener', 'worker']);
    await Promise.all(goOn.map((one) => untilHealthy(one)));

    await findInsertedRow(runs.get('api')!, () => goOn.map((one) => one.output()).join('\n'));

    for (const one of goOn) {
      assert.equal(one.exitCode(), undefined, `it ended by itself: ${one.output()}`);
      assert.ok(await one.isHealthy(), `${one.name} is still healthy`);
    }
    const codes = await Promise.all(goOn.map(async (one) => [one.name, await one.stop()]));
    assert.deepEqual(Object.fromEntries(codes), { api: 0, listener: 0, worker: 0 });
    for (const one of goOn)
      assert.equal(await one.isHealthy(), false, `${one.name} is healthy although it ended`);
    // Here the program may write its compile cache; in the image it may not, and goes without (bin/compile-cache.js).
    const written = filesOf(directory).filter(
      (file) => !filesBefore.has(file) && !file.startsWith('node_modules/.cache'),
    );
    assert.deepEqual(written, [], 'a container has no place for these');
  });

  /** The databases of the service `db`, under names of their own. The script that makes them is run by the guide's test. */
  async function makeDatabases(t: TestContext): Promise<void> {
    const admin = new pg.Client({ connectionString: nativeServerUrl });
    await admin.connect();
    t.after(async () => {
      for (const name of ['wb_assist', 'wb_assist_rag'])
        await admin.query(`drop database if exists ${name}_${suffix} with (force)`);
      await admin.end();
    });
    for (const name of ['wb_assist', 'wb_assist_rag']) await admin.query(`create database ${name}_${suffix}`);
    await checkHealthOfDatabase(t);
  }

  /** The client's tools need not be on the machine: they are in the image of the database. */
  async function checkHealthOfDatabase(t: TestContext): Promise<void> {
    const [kind, command, ...parameters] = services['db']!.healthcheck!.test!;
    assert.equal(kind, 'CMD');
    const env = { PATH: process.env['PATH'], PGPORT: server.port === '' ? '5432' : server.port };
    const here = parameters.map((word) => (word === '127.0.0.1' ? server.hostname : word));
    try {
      await promisify(execFile)(command!, here, { env });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      t.diagnostic(`${command!} is not here, so the health check of the database was not run`);
    }
  }

  /** As in the file, but for what a container has to itself: the name `db`, and its ports. */
  async function readRuns(): Promise<Map<string, ServiceRun>> {
    const runs = new Map<string, ServiceRun>();
    for (const [name, service] of Object.entries(services)) {
      if (!isOurs(service)) continue;
      const run = runOf(service, settings);
      for (const [variable, value] of Object.entries(run.env)) {
        if (/^(API|RAG|METRICS)_PORT$/.test(variable)) run.env[variable] = String(await freePort());
        if (variable.endsWith('DATABASE_URL')) run.env[variable] = urlOnServer(value);
      }
      runs.set(name, run);
    }
    return runs;
  }

  function urlOnServer(value: string): string {
    const [given, url] = [new URL(value), new URL(server)];
    assert.equal(given.host, 'db:5432');
    url.pathname = `${given.pathname}_${suffix}`;
    return url.href;
  }

  async function untilMet(
    name: string,
    condition: string,
    processes: ReadonlyMap<string, ContainerProcess>,
  ): Promise<void> {
    if (name === 'db') return; // It is up.
    await until(`${name} is started`, () => processes.has(name));
    const one = processes.get(name)!;
    if (condition === 'service_healthy') await untilHealthy(one);
    else {
      assert.equal(condition, 'service_completed_successfully');
      assert.equal(await one.ended, 0, one.output());
    }
  }

  async function untilHealthy(one: ContainerProcess): Promise<void> {
    await until(
      `${one.name} is healthy`,
      async () => {
        assert.equal(one.exitCode(), undefined, `it ended: ${one.output()}`);
        return one.isHealthy();
      },
      60_000,
    ).catch((error: unknown) => {
      throw new Error(one.output(), { cause: error });
    });
  }

  /** Inserted by SQL, found by the API. */
  async function findInsertedRow({ env }: ServiceRun, output: () => string): Promise<void> {
    const client = new pg.Client({ connectionString: env['DATABASE_URL'] });
    await client.connect();
    try {
      await client.query(`insert into wb_cabinets (id, name) values (1, 'Кабинет')`);
      await client.query(
        `insert into wb_orders (cabinet_id, order_id, name, order_date) values (1, 'o-1', 'Термокружка дорожная', now())`,
      );
    } finally {
      await client.end();
    }
    const search = () =>
      fetch(`http://127.0.0.1:${env['RAG_PORT']}/v1/rag/search`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': settings.API_SECRET_KEY },
        body: JSON.stringify({ cabinet_id: 1, query: 'термокружка' }),
      });
    await until(
      'the row is found',
      async () => {
        const answer = await search();
        const text = await answer.text();
        assert.ok(answer.ok, text);
        return text.includes('Термокружка дорожная');
      },
      60_000,
    ).catch((error: unknown) => {
      throw new Error(output(), { cause: error });
    });
  }
});
