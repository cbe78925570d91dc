import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';

/** What the project's compose.yaml says of a service, with its variables filled in. */
export interface ComposeService {
  readonly name: string;
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** By service: what has to hold of it before this one starts. */
  readonly dependsOn: Readonly<Record<string, DependencyCondition>>;
  /** `['CMD', …]` or `['CMD-SHELL', '…']`; undefined: it has none. */
  readonly healthTest: readonly string[] | undefined;
  readonly profiles: readonly string[];
  readonly stopGraceMs: number;
  /** By path in the container: the path on this machine. Named volumes are left out. */
  readonly binds: Readonly<Record<string, string>>;
}

export type DependencyCondition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

interface RawService {
  command?: string | string[];
  environment?: Record<string, string | number | boolean | null> | string[];
  env_file?: unknown;
  depends_on?: Record<string, { condition: DependencyCondition }> | string[];
  healthcheck?: { test?: string | string[] };
  profiles?: string[];
  stop_grace_period?: string;
  volumes?: string[];
}

/**
 * Reads a compose file as `docker compose` does, as far as this project's uses it. Throws, as it does, when a variable is
 * required (`${NAME:?why}`) and neither in the environment nor in `.env`.
 */
export function readComposeFile(file: string, env: Readonly<Record<string, string>>): ComposeService[] {
  const document = parse(readFileSync(file, 'utf8'), { merge: true }) as {
    services: Record<string, RawService>;
  };
  const services = substitute(document.services, env) as Record<string, RawService>;
  return Object.entries(services).map(([name, raw]) => ({
    name,
    command: typeof raw.command === 'string' ? raw.command.split(' ') : raw.command,
    environment: environmentOf(raw, env),
    dependsOn: Array.isArray(raw.depends_on)
      ? Object.fromEntries(raw.depends_on.map((other) => [other, 'service_started' as const]))
      : Object.fromEntries(
          Object.entries(raw.depends_on ?? {}).map(([other, { condition }]) => [other, condition]),
        ),
    healthTest:
      typeof raw.healthcheck?.test === 'string' ? ['CMD-SHELL', raw.healthcheck.test] : raw.healthcheck?.test,
    profiles: raw.profiles ?? [],
    stopGraceMs: Number(/^(\d+)s$/.exec(raw.stop_grace_period ?? '10s')?.[1]) * 1_000,
    binds: Object.fromEntries(
      (raw.volumes ?? [])
        .map((volume) => volume.split(':'))
        .filter(([source]) => source!.startsWith('.'))
        .map(([source, target]) => [target!, source!]),
    ),
  }));
}

/** `.env` of the project, which fills in the variables of the compose file; the environment wins over it. */
export function readEnvFile(text: string): Record<string, string> {
  return parseEnv(text) as Record<string, string>;
}

function environmentOf(
  { environment = {}, env_file: envFile }: RawService,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const given = Array.isArray(environment)
    ? Object.fromEntries(environment.map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string]))
    : environment;
  const own = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value === null ? '' : String(value)]),
  );
  return envFile === undefined ? own : { ...env, ...own };
}

function substitute(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return substituteText(value, env);
  if (Array.isArray(value)) return value.map((element) => substitute(element, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, substitute(inner, env)]));
}

/** `$$`, `${NAME}`, `${NAME:-default}`, `${NAME-default}` and `${NAME:?why}`. */
function substituteText(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$(?:(\$)|\{(\w+)(?:(:?[-?])([^}]*))?\})/g,
    (_all, dollar: string | undefined, name: string, operator: string | undefined, word = '') => {
      if (dollar !== undefined) return '$';
      const value = env[name];
      if (value !== undefined && (value !== '' || !operator?.startsWith(':'))) return value;
      if (operator?.endsWith('?') === true)
        throw new Error(`required variable ${name} is missing a value: ${String(word)}`);
      return operator === undefined ? '' : String(word);
    },
  );
}
