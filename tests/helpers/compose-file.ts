import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readImage, ROOT } from './dockerfile.ts';

type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

/** A service as compose.yaml writes it. */
export interface ServiceDefinition {
  image: string;
  build?: string;
  command?: string[];
  environment: Record<string, string | null>;
  depends_on?: Record<string, { condition: Condition }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  ports?: string[];
  stop_grace_period?: string;
  stop_signal?: string;
  restart: string;
  [key: string]: unknown;
}

/** Whether it runs our image, rather than one that others made. */
export const isOurs = ({ image }: ServiceDefinition) => /^wb-assist(:|$)/.test(image);

/** What is run for a service of our image. */
export interface ServiceRun {
  argv: string[];
  env: Record<string, string>;
  /** The command of its health check; undefined: it has none. */
  health: string[] | undefined;
  dependsOn: Record<string, Condition>;
  stopSignal: string;
  stopGraceMs: number;
}

/** compose.yaml with its anchors resolved and its variables put in, from `env` alone. Throws what a `${X:?…}` says. */
export function readCompose(env: Readonly<Record<string, string>>): Record<string, ServiceDefinition> {
  const text = readFileSync(join(ROOT, 'compose.yaml'), 'utf8');
  const file = parse(text, { merge: true }) as { services: Record<string, ServiceDefinition> };
  return interpolate(file.services, env);
}

function interpolate<T>(value: T, env: Readonly<Record<string, string>>): T {
  if (Array.isArray(value)) return value.map((item: unknown) => interpolate(item, env)) as T;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, env)])) as T;
  if (typeof value !== 'string') return value;
  return value.replace(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string | undefined, rest: string) => {
      const given = env[name] ?? '';
      if (given !== '' || kind === undefined) return given;
      if (kind === '-') return rest;
      throw new Error(`${name}: ${rest}`);
    },
  ) as T;
}

/** The named services with everything that they depend on, dependencies first. */
export function inOrder(
  services: Readonly<Record<string, ServiceDefinition>>,
  names: readonly string[],
): string[] {
  const ordered = new Set<string>();
  const add = (name: string) => {
    if (services[name] === undefined) throw new Error(`no such service: ${name}`);
    for (const other of Object.keys(services[name].depends_on ?? {})) add(other);
    ordered.add(name);
  };
  for (const name of names) add(name);
  return [...ordered];
}

/** What a container of one of our services runs, with which environment: that of the image, then that of the file. */
export function runOf(service: ServiceDefinition, env: Readonly<Record<string, string>>): ServiceRun {
  const image = readImage();
  const variables = Object.entries(service.environment).map(
    // One without a value is passed on where it is set, and left out where it is not.
    ([name, value]) => [name, value ?? env[name]] as const,
  );
  const { healthcheck } = service;
  const test = healthcheck?.test?.[0] === 'CMD' ? healthcheck.test.slice(1) : image.health;
  return {
    argv: [...image.entrypoint, ...(service.command ?? image.command)],
    env: {
      ...image.env,
      ...Object.fromEntries(variables.filter(([, value]) => value !== undefined)),
    } as Record<string, string>,
    health: healthcheck?.disable ? undefined : test,
    dependsOn: Object.fromEntries(
      Object.entries(service.depends_on ?? {}).map(([name, { condition }]) => [name, condition]),
    ),
    stopSignal: service.stop_signal ?? image.stopSignal ?? 'SIGTERM',
    stopGraceMs: Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '10s')![1]) * 1000,
  };
}
