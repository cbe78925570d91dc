import { z } from 'zod';
import { CONFIG_VARIABLES, OLDER_NAMES, SECRETS, type Config, type ConfigVariable } from './config.ts';
import { AppError, messageOf } from './errors.ts';
import { readSecretFile } from './secret-file.ts';

const configSchema = z.object(
  Object.fromEntries(Object.entries(CONFIG_VARIABLES).map(([name, variable]) => [name, variable.schema])),
);

const namesOf = (variable: ConfigVariable): string[] => [variable, OLDER_NAMES[variable] ?? variable];
const fileVariableOf = (variable: ConfigVariable): string | undefined =>
  (SECRETS as readonly string[]).includes(variable) ? `${variable}_FILE` : undefined;

/** Whether the configuration is read from a variable of this name. */
export function isConfigVariable(name: string): boolean {
  return (Object.keys(CONFIG_VARIABLES) as ConfigVariable[]).some(
    (variable) => namesOf(variable).includes(name) || fileVariableOf(variable) === name,
  );
}

/**
 * Reads the configuration. An empty variable counts as unset, as `docker compose` and `.env` files produce them.
 * Throws `config_invalid` that names every problem at once, never a value (it may be a secret).
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given: Record<string, string> = {};
  const problems: string[] = [];
  const valueOf = (name: string): string | undefined => env[name]?.trim() || undefined;
  for (const variable of Object.keys(CONFIG_VARIABLES) as ConfigVariable[]) {
    const value = namesOf(variable)
      .map(valueOf)
      .find((candidate) => candidate !== undefined);
    if (value !== undefined) given[variable] = value;
    const fileVariable = fileVariableOf(variable);
    const file = fileVariable && valueOf(fileVariable);
    if (!fileVariable || file === undefined) continue;
    try {
      if (value !== undefined) throw new Error(`${variable} is set as well: leave one of the two out`);
      given[variable] = readSecretFile(file);
    } catch (error) {
      problems.push(`${fileVariable}: ${messageOf(error)}`);
    }
  }
  const parsed = configSchema.safeParse(given);
  if (parsed.success && problems.length === 0) return parsed.data as Config;
  problems.push(...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  throw new AppError('config_invalid', `The configuration is not usable.\n  ${problems.join('\n  ')}`, {
    details: { problems },
  });
}
