import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createCluster, withClient, type Cluster } from '../../faults/suite/cluster.ts';
import { freePort } from '../../faults/suite/free-port.ts';
import { until } from '../until.ts';
import { readComposeFile, readEnvFile, type ComposeService } from './compose-file.ts';
import { runToEnd, startContainer, type Container } from './containers.ts';
import { imageEnvironment } from './docker-double.ts';

interface Output {
  out(text: string): void;
  err(text: string): void;
}

export interface ComposeProject {
  /** `docker …`. Resolves to the exit code; rejects with what Docker would complain of. */
  run(parameters: readonly string[], output: Output): Promise<number>;
  /** By the port that compose publishes: the one of the process. */
  publishedPorts(): ReadonlyMap<number, number>;
  remove(): Promise<void>;
}

export interface ComposeProjectOptions {
  directory: string;
  postgresBin: string;
  /** Directory of what the image has on its PATH. */
  imagePath: string;
  /** Where logs go. */
  home: string;
}

const DATABASE = 'db';
/** What the program listens on unless told. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { API_PORT: '8000', RAG_PORT: '9000' };
const HEALTHY_WITHIN_MS = 90_000;

export function createComposeProject(options: ComposeProjectOptions): ComposeProject {
  const { directory, postgresBin } = options;
  const composeFile = join(directory, 'compose.yaml');
  let cluster: Cluster | undefined;
  let clusterRuns = false;
  let containers: Container[] = [];
  let started = 0;
  const ports = new Map<number, number>();

  const readServices = () => {
    const envFile = join(directory, '.env');
    const env = existsSync(envFile) ? readEnvFile(readFileSync(envFile, 'utf8')) : {};
    return readComposeFile(composeFile, env).filter(({ profiles }) => profiles.length === 0);
  };
  const serviceOf = (name: string): ComposeService => {
    const service = readServices().find((candidate) => candidate.name === name);
    if (service === undefined) throw new Error(`no such service: ${name}`);
    return service;
  };
  const of = (service: string) => containers.filter((container) => container.service === service);

  /** Processes share one network: each gets ports of its own. */
  async function environmentFor(service: ComposeService): Promise<Record<string, string>> {
    const env: Record<string, string> = {
      ...imageEnvironment(join(directory, 'Dockerfile')),
      ...(service.name === 'api' ? DEFAULT_PORTS : {}),
      ...service.environment,
    };
    for (const [name, value] of Object.entries(env)) {
      if (name.endsWith('_PORT') && /^\d+$/.test(value) && value !== '0') {
        const port = await freePort();
        if (name in DEFAULT_PORTS) ports.set(Number(value), port);
        env[name] = String(port);
      }
      if (cluster !== undefined)
        env[name] = (env[name] ?? '').replaceAll(/@db(:5432)?(?=\/)/g, `@127.0.0.1:${cluster.port}`);
    }
    return { ...env, PATH: `${options.imagePath}:/usr/bin:/bin` };
  }

  function databaseEnvironment(): Record<string, string> {
    const { environment } = serviceOf(DATABASE);
    return {
      ...environment,
      PGHOST: '127.0.0.1',
      PGPORT: String(cluster!.port),
      PGUSER: environment['POSTGRES_USER'] ?? 'postgres',
      PATH: `${postgresBin}:/usr/bin:/bin`,
    };
  }

  /** As the image's entry point does on an empty volume. */
  async function startDatabase(service: ComposeService): Promise<void> {
    if (cluster !== undefined) {
      if (!clusterRuns) await cluster.start();
      clusterRuns = true;
      return;
    }
    cluster = await createCluster(postgresBin, 'compose');
    clusterRuns = true;
    const { POSTGRES_USER: user, POSTGRES_DB: database } = service.environment;
    const admin = cluster.url('admin').replace(/\/\w+$/, '/postgres');
    await withClient(admin, async (client) => {
      await client.query(`create role ${user!} superuser login`);
      await client.query(`create database ${database!} owner ${user!}`);
    });
    const env = { ...databaseEnvironment(), PGDATABASE: database! };
    const scripts = Object.entries(service.binds).filter(([target]) =>
      target.startsWith('/docker-entrypoint-initdb.d'),
    );
    for (const [, source] of scripts) {
      const file = resolve(directory, source);
      const command = file.endsWith('.sql') ? ['psql', '-v', 'ON_ERROR_STOP=1', '-f', file] : ['bash', file];
      const said: string[] = [];
      const keep = (text: string) => void said.push(text);
      const code = await runToEnd(command, { cwd: directory, env }, { out: keep, err: keep });
      if (code !== 0) throw new Error(`${source} ended with ${code}: ${said.join('')}`);
    }
  }

  async function isHealthy(container: Container): Promise<boolean> {
    if (container.state !== 'running') return false;
    const [kind, ...words] = serviceOf(container.service).healthTest ?? [];
    if (kind === undefined) return true;
    const command = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', words.join(' ')] : words;
    const mute = { out: () => undefined, err: () => undefined };
    return (await runToEnd(command, { cwd: options.home, env: container.env }, mute)) === 0;
  }

  async function untilHealthy(service: string): Promise<void> {
    if (service === DATABASE) return;
    await until(
      `${service} is healthy`,
      async () => {
        const dead = of(service).find(({ state }) => state === 'exited');
        if (dead !== undefined) throw new Error(`${service} exited (${dead.exitCode}):\n${dead.log()}`);
        return (await Promise.all(of(service).map(isHealthy))).every(Boolean);
      },
      HEALTHY_WITHIN_MS,
    );
  }

  async function awaitDependencies(service: ComposeService): Promise<void> {
    for (const [other, condition] of Object.entries(service.dependsOn)) {
      if (condition === 'service_healthy') await untilHealthy(other);
      if (condition !== 'service_completed_successfully') continue;
      const codes = await Promise.all(of(other).map(({ ended }) => ended));
      if (codes.some((code) => code !== 0))
        throw new Error(
          `service "${other}" didn't complete successfully:\n${of(other)
            .map((one) => one.log())
            .join('')}`,
        );
    }
  }

  async function start(service: ComposeService): Promise<void> {
    containers.push(
      await startContainer({
        service: service.name,
        configuration: configurationOf(service),
        command: service.command ?? ['wb-assist', 'start'],
        env: await environmentFor(service),
        cwd: options.home,
        logFile: join(options.home, `${service.name}-${(started += 1)}.log`),
      }),
    );
  }

  async function ensure(service: ComposeService, count: number): Promise<void> {
    const current = of(service.name).filter(
      ({ state, configuration }) => state === 'running' && configuration === configurationOf(service),
    );
    const kept = current.slice(0, count);
    const others = of(service.name).filter((container) => !kept.includes(container));
    await Promise.all(others.map((container) => container.stop(service.stopGraceMs)));
    containers = containers.filter((container) => !others.includes(container));
    for (let missing = count - kept.length; missing > 0; missing--) await start(service);
  }

  async function up(names: readonly string[], scale: ReadonlyMap<string, number>, wait: boolean) {
    const services = readServices();
    const wanted = inOrder(services, names.length === 0 ? services.map(({ name }) => name) : names);
    for (const service of wanted) {
      if (service.name === DATABASE) await startDatabase(service);
      else {
        await awaitDependencies(service);
        await ensure(service, scale.get(service.name) ?? Math.max(1, of(service.name).length));
      }
    }
    const oneShots = new Set(
      services.flatMap(({ dependsOn }) =>
        Object.keys(dependsOn).filter((other) => dependsOn[other] === 'service_completed_successfully'),
      ),
    );
    if (wait) for (const { name } of wanted) if (!oneShots.has(name)) await untilHealthy(name);
  }

  async function stop(): Promise<void> {
    await Promise.all(
      containers.map((container) => container.stop(serviceOf(container.service).stopGraceMs)),
    );
    if (clusterRuns) await cluster!.stop('fast');
    clusterRuns = false;
  }

  async function down(): Promise<void> {
    await stop();
    containers = [];
    await cluster?.drop();
    cluster = undefined;
  }

  async function ps(format: string, all: boolean, output: Output): Promise<void> {
    const rows = [
      ...(clusterRuns ? [{ Service: DATABASE, State: 'running', Health: 'healthy', ExitCode: '0' }] : []),
      ...(await Promise.all(
        containers
          .filter(({ state }) => all || state === 'running')
          .map(async (container) => ({
            Service: container.service,
            State: container.state,
            Health:
              container.state === 'exited' ? '' : (await isHealthy(container)) ? 'healthy' : 'unhealthy',
            ExitCode: String(container.exitCode),
          })),
      )),
    ];
    for (const row of rows)
      output.out(
        `${format.replaceAll(/\{\{\.(\w+)\}\}/g, (_all, field: string) => row[field as keyof typeof row])}\n`,
      );
  }

  async function exec(service: string, command: readonly string[], output: Output): Promise<number> {
    if (service === DATABASE) {
      if (!clusterRuns) throw new Error(`service "${DATABASE}" is not running`);
      return runToEnd(command, { cwd: directory, env: databaseEnvironment() }, output);
    }
    const container = of(service).find(({ state }) => state === 'running');
    if (container === undefined) throw new Error(`service "${service}" is not running`);
    return runToEnd(command, { cwd: options.home, env: container.env }, output);
  }

  async function runOnce(name: string, command: readonly string[], output: Output): Promise<number> {
    const service = serviceOf(name);
    await up(Object.keys(service.dependsOn), new Map(), false);
    await awaitDependencies(service);
    const env = await environmentFor(service);
    return runToEnd(command.length > 0 ? command : service.command!, { cwd: options.home, env }, output);
  }

  return {
    publishedPorts: () => ports,
    remove: down,
    async run(parameters, output) {
      const [word, verb, ...rest] = parameters;
      if (word !== 'compose') throw new Error(`docker ${String(word)} is not doubled`);
      // What follows the service belongs to the command that runs in it.
      const place = rest.findIndex((parameter) => !parameter.startsWith('-'));
      const [inner, command] = [rest[place], rest.slice(place + 1)];
      if (verb === 'exec' && inner !== undefined) return exec(inner, command, output);
      if (verb === 'run' && inner !== undefined) return runOnce(inner, command, output);
      const { values, positionals } = parseArgs({
        args: rest,
        allowPositionals: true,
        options: {
          detach: { type: 'boolean', short: 'd' },
          wait: { type: 'boolean' },
          scale: { type: 'string', multiple: true },
          volumes: { type: 'boolean' },
          'remove-orphans': { type: 'boolean' },
          all: { type: 'boolean' },
          format: { type: 'string' },
          'no-log-prefix': { type: 'boolean' },
        },
      });
      switch (verb) {
        case 'build':
          readServices();
          imageEnvironment(join(directory, 'Dockerfile'));
          break;
        case 'up': {
          const scale = new Map(
            (values.scale ?? []).map((entry) => [entry.split('=')[0]!, Number(entry.split('=')[1])]),
          );
          await up(positionals, scale, values.wait === true);
          break;
        }
        case 'restart':
          for (const name of positionals) {
            const count = of(name).length;
            await ensure(serviceOf(name), 0);
            await ensure(serviceOf(name), count);
          }
          break;
        case 'stop':
          await stop();
          break;
        case 'down':
          if (values.volumes !== true) throw new Error('down without --volumes is not doubled');
          await down();
          break;
        case 'ps':
          await ps(values.format ?? '{{.Service}}', values.all === true, output);
          break;
        case 'logs':
          for (const name of positionals) for (const container of of(name)) output.out(container.log());
          break;
        default:
          throw new Error(`docker compose ${String(verb)} is not doubled`);
      }
      return 0;
    },
  };
}

function configurationOf({ command, environment }: ComposeService): string {
  return JSON.stringify([command, environment]);
}

/** The named services with everything that they depend on, dependencies first. */
function inOrder(services: readonly ComposeService[], names: readonly string[]): ComposeService[] {
  const ordered = new Set<ComposeService>();
  const add = (name: string) => {
    const service = services.find((candidate) => candidate.name === name);
    if (service === undefined) throw new Error(`no such service: ${name}`);
    for (const other of Object.keys(service.dependsOn)) add(other);
    ordered.add(service);
  };
  for (const name of names) add(name);
  return [...ordered];
}
