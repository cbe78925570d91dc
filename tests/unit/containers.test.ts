import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CONFIG_VARIABLES } from '../../src/config.ts';
import { isOurs, readCompose, runOf, type ServiceDefinition } from '../helpers/compose-file.ts';
import { entersBuild, readImage, ROOT } from '../helpers/dockerfile.ts';

const ENV = { API_SECRET_KEY: '0123456789abcdef'.repeat(4), POSTGRES_PASSWORD: 'secret' };

describe('Dockerfile', () => {
  const image = readImage();

  it('is built on the very Node that package.json pins', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const pinned = [...new Set(Object.values(optionalDependencies))];
    assert.equal(pinned.length, 1);
    for (const stage of image.stages) assert.equal(stage.image, `node:${pinned[0]}-bookworm-slim`);
  });

  it('installs neither tools of development nor a second Node', () => {
    const install = image.stages[0]!.instructions.find(({ text }) => text.startsWith('npm ci'));
    assert.equal(install?.text, 'npm ci --omit=dev --omit=optional');
  });

  it('runs the program itself, not as root, and stops it by SIGTERM', () => {
    assert.equal(image.user, 'node');
    assert.deepEqual(image.entrypoint, ['node', 'bin/wb-assist.js']);
    assert.equal(image.stopSignal, 'SIGTERM');
    assert.equal(image.env['NODE_ENV'], 'production');
    assert.equal(image.env['HTTP_HOST'], '0.0.0.0');
  });

  it('copies what .dockerignore lets in, and nothing else gets into a build', () => {
    const copied = image.stages.flatMap(({ instructions }) =>
      instructions
        .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from'))
        .flatMap(({ text }) => text.split(/ +/).slice(0, -1)),
    );
    for (const source of copied) {
      assert.ok(existsSync(join(ROOT, source)), `${source} is there`);
      assert.ok(entersBuild(source), source);
    }
    const lets = readFileSync(join(ROOT, '.dockerignore'), 'utf8').match(/(?<=^!).+$/gm)!;
    assert.deepEqual([...new Set(copied)].sort(), lets.sort());
    for (const secret of [
      '.env',
      '.wb-token-key',
      'data',
      'data/PG_VERSION',
      '.git',
      'node_modules',
      'tests',
      'compose.yaml',
    ])
      assert.ok(!entersBuild(secret), secret);
  });
});

describe('compose.yaml', () => {
  const services = readCompose(ENV);
  const ours = Object.entries(services).filter(([, service]) => isOurs(service));
  const running = ours.filter(([name]) => name !== 'migrate');
  const variablesOf = ({ environment }: ServiceDefinition) => Object.keys(environment);

  it('has the database, the migrations, and a service for each role', () => {
    assert.deepEqual(Object.keys(services), ['db', 'migrate', 'api', 'listener', 'worker']);
    assert.deepEqual(
      running.map(([name, { command }]) => [name, command]),
      [
        ['api', ['api']],
        ['listener', ['listener']],
        ['worker', ['worker']],
      ],
    );
  });

  it('builds its image once, under a tag of its version that can be chosen', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(
      ours.filter(([, { build }]) => build !== undefined).map(([name]) => name),
      ['migrate'],
      'several that build one tag fail with the image store of containerd',
    );
    for (const [name, { image }] of ours) assert.equal(image, `wb-assist:${version}`, name);
    for (const service of Object.values(readCompose({ ...ENV, WB_ASSIST_VERSION: 'of-last-week' })))
      if (isOurs(service)) assert.equal(service.image, 'wb-assist:of-last-week');
  });

  it('passes on every variable that the program reads', () => {
    // Of the embedded Postgres, which no container here starts; and what the image sets.
    const needless = ['WB_ASSIST_DATA_DIR', 'EMBEDDED_POSTGRES_PORT', 'NODE_ENV'];
    // Ports are a container's own: those of the API, and that of the other roles.
    const without = {
      api: ['METRICS_PORT'],
      listener: ['API_PORT', 'RAG_PORT'],
      worker: ['API_PORT', 'RAG_PORT'],
    };
    for (const [name, service] of running) {
      const expected = Object.keys(CONFIG_VARIABLES).filter(
        (variable) => ![...needless, ...without[name as keyof typeof without]].includes(variable),
      );
      assert.deepEqual(variablesOf(service).sort(), expected.sort(), `environment of ${name}`);
    }
    // Whatever would keep one of them from starting stops the migration.
    const every = new Set(running.flatMap(([, service]) => variablesOf(service)));
    const ports = ['API_PORT', 'RAG_PORT', 'METRICS_PORT'];
    assert.deepEqual(
      variablesOf(services['migrate']!).sort(),
      [...every].filter((variable) => !ports.includes(variable)).sort(),
    );
  });

  it('passes on what .env sets, and leaves out what it does not', () => {
    const { env } = runOf(services['worker']!, { ...ENV, RAG_WINDOW_DAYS: '30' });
    assert.equal(env['RAG_WINDOW_DAYS'], '30');
    assert.ok(!('OPENAI_API_KEY' in env));
    assert.equal(env['DATABASE_URL'], 'postgres://wb_assist:secret@db:5432/wb_assist');
    assert.equal(env['RAG_DATABASE_URL'], 'postgres://wb_assist:secret@db:5432/wb_assist_rag');
  });

  it('refuses to start without a password and a key, and says where they come from', () => {
    for (const name of Object.keys(ENV))
      assert.throws(() => readCompose({ ...ENV, [name]: '' }), new RegExp(`^Error: ${name}: .*openssl rand`));
  });

  it('gives running work the time to finish that the program gives it, and some more', () => {
    for (const [name, service] of running) {
      const { env, stopGraceMs } = runOf(service, ENV);
      assert.ok(stopGraceMs >= Number(env['SHUTDOWN_TIMEOUT_MS']) + 5_000, name);
    }
  });

  it('publishes the ports of the API alone, and to this machine alone unless told', () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    assert.deepEqual(
      published.map(([name, { ports }]) => [name, ports]),
      [['api', ['127.0.0.1:8000:8000', '127.0.0.1:9000:9000']]],
    );
    const elsewhere = readCompose({ ...ENV, PUBLISH_HOST: '0.0.0.0', API_PORT: '80', RAG_PORT: '81' });
    assert.deepEqual(elsewhere['api']?.ports, ['0.0.0.0:80:8000', '0.0.0.0:81:9000']);
  });

  it('takes from each of our containers every right that it does not need, and lets any number of them run', () => {
    for (const [name, service] of ours) {
      const { read_only: readOnly, cap_add: added, init } = service;
      assert.deepEqual({ readOnly, added, init }, { readOnly: true, added: undefined, init: true }, name);
      assert.ok(!('container_name' in service), name);
    }
  });

  it('bounds what each container may take of the machine, and what it may do to it', () => {
    for (const [name, service] of Object.entries(services)) {
      const { cap_drop: dropped, security_opt: security } = service;
      assert.deepEqual(
        { dropped, security },
        { dropped: ['ALL'], security: ['no-new-privileges:true'] },
        name,
      );
      assert.match(String(service['mem_limit']), /^\d+g$/, name);
      assert.ok(Number(service['pids_limit']) > 0, name);
    }
    // Every connection is a process.
    const { command, pids_limit: processes } = services['db']!;
    const connections = /max_connections=(\d+)/.exec(command!.join(' '))![1];
    assert.ok(Number(processes) > Number(connections) + 100);
  });

  it('has the program log in as a role of its own, not as the superuser', () => {
    for (const [name, service] of ours)
      for (const variable of ['DATABASE_URL', 'RAG_DATABASE_URL']) {
        const { username } = new URL(service.environment[variable]!);
        assert.notEqual(username, services['db']!.environment['POSTGRES_USER'], name);
      }
  });

  it('checks the health of every service that goes on running, and starts one again that ends', () => {
    for (const [name, service] of Object.entries(services)) {
      if (name === 'migrate') continue;
      assert.ok((runOf(service, ENV).health ?? []).length > 0, name);
      assert.equal(service.restart, 'unless-stopped', name);
    }
  });

  const client = findClient();
  it(
    'is a file that the client of Docker takes',
    { skip: client === undefined && 'there is neither docker compose nor docker-compose here' },
    async (t) => {
      const directory = await mkdtemp(join(tmpdir(), 'wb-assist-compose-'));
      t.after(() => rm(directory, { recursive: true, force: true }));
      const file = join(directory, 'settings');
      await writeFile(
        file,
        Object.entries(ENV)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      );
      const [command, ...parameters] = client!;
      const config = (options: string[]) =>
        spawnSync(command!, [...parameters, '-f', join(ROOT, 'compose.yaml'), ...options, 'config', '-q'], {
          encoding: 'utf8',
          // Where its plug-ins are, compose among them.
          env: Object.fromEntries(['PATH', 'HOME', 'DOCKER_CONFIG'].map((name) => [name, process.env[name]])),
          cwd: directory,
        });
      const { status, stderr } = config(['--env-file', file]);
      assert.equal(status, 0, stderr);
      assert.notEqual(config([]).status, 0, 'without the variables it refuses');
    },
  );
});

/** The client's command, of whichever age. */
function findClient(): string[] | undefined {
  return [['docker', 'compose'], ['docker-compose']].find(([command, ...parameters]) => {
    try {
      execFileSync(command!, [...parameters, 'version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
