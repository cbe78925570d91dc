import { parseArgs } from 'node:util';
import { createAnalytics, requireFunction, type AnalyticsAnswer } from '../analytics/analytics.ts';
import type { AnalyticsFunction } from '../analytics/analytics-function.ts';
import { describeResult } from '../analytics/describe/describe-result.ts';
import { formatMoney, formatNumber } from '../russian/formats.ts';
import { ANALYTICS_FUNCTIONS } from '../analytics/functions.ts';
import type { Column, Value } from '../analytics/result.ts';
import { parameterSchemaOf } from '../analytics/tools.ts';
import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { cabinetExists } from '../cabinets/queries.ts';
import { AppError, messageOf } from '../errors.ts';
import { silentLog } from '../log.ts';
import { openDatabases } from './databases.ts';
import { readConfig } from './environment.ts';
import { parseCabinet } from './status.ts';

/** Numbers stand under one another, on the right. */
const ON_THE_RIGHT: ReadonlySet<string> = new Set(['RUB', 'count', 'pieces', 'percent', 'stars', 'days']);

/** What can be asked for, for `--help`: each function with its parameters and their values. */
export function analyticsHelp(): string {
  return ANALYTICS_FUNCTIONS.map((definition) => {
    const parameters = Object.entries(propertiesOf(definition)).map(
      ([name, property]) => `    --${name.replaceAll('_', '-')} ${valuesOf(property)}`,
    );
    return `\n  ${definition.name}  ${definition.title}\n  ${definition.description.en}\n${parameters.join('\n')}`;
  }).join('\n');
}

/**
 * Answers one function for one cabinet. `rest`: the function's parameters as `--name value`, several values of a list as
 * several options, and `--json`.
 */
export async function analytics(cabinet: string, name: string, rest: readonly string[]): Promise<void> {
  const cabinetId = parseCabinet(cabinet);
  const definition = requireFunction(name.replaceAll('-', '_'));
  const { parameters, json } = parseParameters(definition, rest);
  const config = readConfig();
  const databases = await openDatabases(config, silentLog());
  const { main } = databases;
  try {
    if (!(await cabinetExists(main.pool, cabinetId))) throw cabinetNotFound(cabinetId);
    const answer = await createAnalytics({ main }).run(
      definition.name,
      { cabinetId, now: new Date(), timeZone: config.CABINET_TIME_ZONE },
      parameters,
    );
    const text = describeResult(answer);
    console.log(
      json ? JSON.stringify({ cabinet_id: cabinetId, ...answer, text }, undefined, 2) : tableOf(answer, text),
    );
  } finally {
    await databases.close();
  }
}

interface Property {
  type?: string;
  enum?: unknown[];
  items?: Property;
  anyOf?: Property[];
  default?: unknown;
}

function propertiesOf(definition: AnalyticsFunction): Record<string, Property> {
  return parameterSchemaOf(definition)['properties'] as Record<string, Property>;
}

const isList = (property: Property): boolean =>
  property.type === 'array' || (property.anyOf?.some(({ type }) => type === 'array') ?? false);

const isNumber = (property: Property): boolean =>
  ['integer', 'number'].includes(property.type ?? '') ||
  (property.anyOf?.some(isNumber) ?? false) ||
  (property.items !== undefined && isNumber(property.items));

/** The names that a value may be, or each of a list. */
const namesOf = (property: Property): unknown[] | undefined =>
  property.enum ?? property.items?.enum ?? property.anyOf?.map(namesOf).find((names) => names !== undefined);

function valuesOf(property: Property): string {
  const values = namesOf(property);
  const form =
    values?.map(String).join('|') ??
    (isNumber(property) ? '<number>' : property.type === 'boolean' ? 'true|false' : '<text>');
  const fallback =
    property.default === undefined ? '' : ` (default: ${[property.default].flat().map(String).join(', ')})`;
  return `${form}${isList(property) ? ' …' : ''}${fallback}`;
}

function parseParameters(
  definition: AnalyticsFunction,
  rest: readonly string[],
): { parameters: Record<string, unknown>; json: boolean } {
  const properties = propertiesOf(definition);
  const options = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name.replaceAll('_', '-'),
      { type: 'string' as const, multiple: isList(property) },
    ]),
  );
  try {
    const { values } = parseArgs({
      args: rest.map((part) => (/^--[a-z_-]+/.test(part) ? part.replaceAll('_', '-') : part)),
      options: { ...options, json: { type: 'boolean' } },
    });
    const { json, ...given } = values as Record<string, string | string[] | boolean | undefined>;
    const parameters = Object.entries(given).map(([option, value]) => {
      const name = option.replaceAll('-', '_');
      const property = properties[name]!;
      const read = (text: string) => readValue(property, text);
      // Names from a list have no commas, so several may stand in one word.
      const values =
        Array.isArray(value) && namesOf(property) !== undefined
          ? value.flatMap((text) => text.split(','))
          : value;
      const isList = Array.isArray(values) && !(property.anyOf !== undefined && values.length === 1);
      return [name, isList ? values.map(read) : read(String(values))];
    });
    return { parameters: Object.fromEntries(parameters) as Record<string, unknown>, json: json === true };
  } catch (error) {
    throw new AppError('invalid_request', `${messageOf(error)} See: wb-assist analytics --help`, {
      cause: error,
    });
  }
}

/** What is no number goes on as text, so that the function's schema says what is wrong with it. */
function readValue(property: Property, text: string): unknown {
  if (property.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return isNumber(property) && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function tableOf({ columns, rows }: AnalyticsAnswer, text: string): string {
  if (rows.length === 0) return text;
  const cells = rows.map((row) => columns.map((column) => cellOf(column, row[column.name] ?? null)));
  const widths = columns.map(({ label }, place) =>
    Math.max(label.length, ...cells.map((line) => line[place]!.length)),
  );
  const lineOf = (line: readonly string[]) =>
    line
      .map((cell, place) =>
        ON_THE_RIGHT.has(columns[place]!.unit) ? cell.padStart(widths[place]!) : cell.padEnd(widths[place]!),
      )
      .join('  ')
      .trimEnd();
  const head = lineOf(columns.map(({ label }) => label));
  return [text, '', head, widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(lineOf)].join(
    '\n',
  );
}

function cellOf({ unit }: Column, value: Value): string {
  if (value === null) return '–';
  if (unit === 'RUB') return formatMoney(String(value));
  return ON_THE_RIGHT.has(unit) && typeof value === 'number' ? formatNumber(value) : String(value);
}
