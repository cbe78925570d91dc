import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { freePort } from '../free-port.ts';
import { inOrder, readCompose, runOf, type ServiceDefinition, type ServiceRun } from '../compose-file.ts';
import { startContainerProcess, type ContainerProcess } from '../container-process.ts';
import { until } from '../until.ts';
import { createDatabaseContainer } from './database-container.ts';
import { runToEnd, type Output } from './run-to-end.ts';

/** `docker …`, as somebody typed it. */
export interface Invocation {
  parameters: readonly string[];
  env: Readonly<Record<string, string>>;
  input: Buffer;
}

export interface ComposeProject {
  /** Resolves to the exit code; rejects with what Docker would complain of. */
  run(invocation: Invocation, output: Output): Promise<number>;
  /** By the port that compose publishes: the one of the process. */
  publishedPorts(): ReadonlyMap<number, number>;
  remove(): Promise<void>;
}

export interface ComposeProjectOptions {
  /** Where `.env` is. */
  directory: string;
  postgresBin: string;
  /** Directory with the files of the image. */
  image: string;
  /** Directory of what the image has on its PATH beside Node. */
  imageBin: string;
}

/** A process that stands for a container, and what it was made of: another configuration calls for another container. */
interface Container {
  service: string;
  configuration: string;
  process: ContainerProcess;
}

const DATABASE = 'db';
const HEALTHY_WITHIN_MS = 90_000;

/** The project of this repository, as `docker compose` would run it. */
export function createComposeProject(options: ComposeProjectOptions): ComposeProject {
  const { directory, postgresBin } = options;
  const database = createDatabaseContainer(postgresBin);
  let containers: Container[] = [];
  const ports = new Map<number, number>();

  let shell: Readonly<Record<string, string>> = {};
  /** What the shell has set wins. */
  function settings(): Record<string, string> {
    const file = join(directory, '.env');
    const read = existsSync(file) ? (parseEnv(readFileSync(file, 'utf8')) as Record<string, string>) : {};
    return { ...read, ...shell };
  }
  const readServices = () => readCompose(settings());
  function serviceOf(name: string): ServiceDefinition {
    const service = readServices()[name];
    if (service === undefined) throw new Error(`no such service: ${name}`);
    return service;
  }
  const runOfService = (name: string) => runOf(serviceOf(name), settings());
  const of = (service: string) => containers.filter((container) => container.service === service);
  const isRunning = ({ process }: Container) => process.exitCode() === undefined;

  /** Processes share one network: each gets ports of its own, and finds the database by another name. */
  async function runHere(name: string): Promise<ServiceRun> {
    const run = runOfService(name);
    for (const [variable, value] of Object.entries(run.env)) {
      if (/^(API|RAG|METRICS)_PORT$/.test(variable)) {
        const port = await freePort();
        if (serviceOf(name).ports?.some((entry) => entry.endsWith(`:${value}`)) === true)
          ports.set(Number(value), port);
        run.env[variable] = String(port);
      }
      if (variable.endsWith('DATABASE_URL'))
        run.env[variable] = value.replace('@db:5432/', `@${database.address()}/`);
    }
    return run;
  }

  async function untilHealthy(service: string): Promise<void> {
    if (service === DATABASE) return;
    await until(
      `${service} is healthy`,
      async () => {
        const dead = of(service).find((container) => !isRunning(container));
        if (dead !== undefined)
          throw new Error(`${service} exited (${codeOf(dead)}):\n${dead.process.output()}`);
        return (await Promise.all(of(service).map((one) => one.process.isHealthy()))).every(Boolean);
      },
      HEALTHY_WITHIN_MS,
    );
  }

  async function awaitDependencies(name: string): Promise<void> {
    for (const [other, condition] of Object.entries(runOfService(name).dependsOn)) {
      if (condition === 'service_healthy') await untilHealthy(other);
      if (condition !== 'service_completed_successfully') continue;
      for (const { process } of of(other))
        if ((await process.ended) !== 0)
          throw new Error(`service "${other}" didn't complete successfully:\n${process.output()}`);
    }
  }

  async function ensure(name: string, count: number): Promise<void> {
    const configuration = JSON.stringify(runOfService(name));
    const kept = of(name)
      .filter((container) => isRunning(container) && container.configuration === configuration)
      .slice(0, count);
    const others = of(name).filter((container) => !kept.includes(container));
    await Promise.all(others.map((container) => container.process.stop()));
    containers = containers.filter((container) => !others.includes(container));
    for (let missing = count - kept.length; missing > 0; missing--) {
      const process = startContainerProcess(name, await runHere(name), options.image);
      containers.push({ service: name, configuration, process });
    }
  }

  async function up(names: readonly string[], scale: ReadonlyMap<string, number>, wait: boolean) {
    const services = readServices();
    const wanted = inOrder(services, names.length === 0 ? Object.keys(services) : names);
    for (const name of wanted) {
      if (name === DATABASE) await database.start(serviceOf(name));
      else {
        await awaitDependencies(name);
        await ensure(name, scale.get(name) ?? 1);
      }
    }
    if (!wait) return;
    const dependencies = Object.values(services).flatMap((service) =>
      Object.entries(service.depends_on ?? {}),
    );
    const oneShots = dependencies.filter(
      ([, { condition }]) => condition === 'service_completed_successfully',
    );
    for (const name of wanted) if (!oneShots.some(([other]) => other === name)) await untilHealthy(name);
  }

  async function stop(names: readonly string[]): Promise<void> {
    const named = containers.filter(({ service }) => names.includes(service));
    await Promise.all(named.map((container) => container.process.stop()));
    if (names.includes(DATABASE)) await database.stop();
  }

  async function down(): Promise<void> {
    await stop([...containers.map(({ service }) => service), DATABASE]);
    containers = [];
    await database.remove();
  }

  async function ps(format: string, all: boolean, output: Output): Promise<void> {
    const shown = await Promise.all(
      containers
        .filter((container) => all || isRunning(container))
        .map(async (container) => ({
          Service: container.service,
          State: isRunning(container) ? 'running' : 'exited',
          Health: !isRunning(container)
            ? ''
            : (await container.process.isHealthy())
              ? 'healthy'
              : 'unhealthy',
          ExitCode: String(codeOf(container)),
        })),
    );
    const rows = [
      ...(database.isRunning()
        ? [{ Service: DATABASE, State: 'running', Health: 'healthy', ExitCode: '0' }]
        : []),
      ...shown,
    ];
    for (const row of rows) {
      const line = format.replaceAll(
        /\{\{\.(\w+)\}\}/g,
        (_all, field: string) => row[field as keyof typeof row],
      );
      output.out(`${line}\n`);
    }
  }

  async function exec(
    name: string,
    command: readonly string[],
    input: Buffer,
    output: Output,
  ): Promise<number> {
    if (name === DATABASE) {
      if (!database.isRunning()) throw new Error(`service "${DATABASE}" is not running`);
      return runToEnd(command, { cwd: directory, env: database.environment(), input }, output);
    }
    const container = of(name).find(isRunning);
    if (container === undefined) throw new Error(`service "${name}" is not running`);
    return runToEnd(command, { ...inImage(container.process.env), input }, output);
  }

  async function runOnce(name: string, command: readonly string[], output: Output): Promise<number> {
    await up(Object.keys(runOfService(name).dependsOn), new Map(), false);
    await awaitDependencies(name);
    const run = await runHere(name);
    // A command after the service's name stands in the place of the service's own, not of the entry point.
    const own = serviceOf(name).command ?? [];
    const argv =
      command.length === 0 ? run.argv : [...run.argv.slice(0, run.argv.length - own.length), ...command];
    const env = { ...run.env, NODE_OPTIONS: '--preserve-symlinks --preserve-symlinks-main' };
    return runToEnd(argv, inImage(env), output);
  }

  function inImage(env: Readonly<Record<string, string>>) {
    const path = [options.imageBin, dirname(process.execPath), '/usr/bin', '/bin'].join(':');
    return { cwd: options.image, env: { ...env, PATH: path } };
  }

  return {
    publishedPorts: () => ports,
    remove: down,
    async run({ parameters, env, input }, output) {
      shell = env;
      const [word, verb, ...rest] = parameters;
      if (word !== 'compose') throw new Error(`docker ${String(word)} is not doubled`);
      readServices(); // It complains of a variable that is missing whatever it is asked for.
      // What follows the service belongs to the command that runs in it.
      const place = rest.findIndex((parameter) => !parameter.startsWith('-'));
      const [inner, command] = [rest[place], rest.slice(place + 1)];
      if (verb === 'exec' && inner !== undefined) return exec(inner, command, input, output);
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
            await ensure(name, 0);
            await ensure(name, count);
          }
          break;
        case 'stop':
          await stop(positionals.length === 0 ? Object.keys(readServices()) : positionals);
          break;
        case 'down':
          if (values.volumes !== true) throw new Error('down without --volumes is not doubled');
          await down();
          break;
        case 'ps':
          await ps(values.format ?? '{{.Service}}', values.all === true, output);
          break;
        case 'logs':
          for (const name of positionals)
            for (const container of of(name)) output.out(container.process.output());
          break;
        default:
          throw new Error(`docker compose ${String(verb)} is not doubled`);
      }
      return 0;
    },
  };
}

function codeOf(container: Container): number {
  const code = container.process.exitCode();
  return code === null ? 128 + constants.signals.SIGKILL : (code ?? 0);
}
