/** Says what a value may not be, which a model hardly heeds; the tool checks it, and tells what is wrong. */
const LIMITS = new Set([
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'pattern',
  'additionalProperties',
]);

type Schema = Record<string, unknown>;

/**
 * A JSON Schema in fewer words, for a model that is sent it with every request: without limits, and of `one or a list of them`
 * the list. Whatever it lets through in form, the schema that it was made of does too.
 */
export function compactSchema(schema: Schema): Schema {
  const { anyOf, ...rest } = schema;
  const list = Array.isArray(anyOf) ? (anyOf as Schema[]).find(({ type }) => type === 'array') : undefined;
  const chosen = list === undefined ? schema : { ...rest, ...list };
  return Object.fromEntries(
    Object.entries(chosen)
      .filter(([name]) => !LIMITS.has(name))
      .map(([name, value]) => {
        if (name === 'properties') {
          const properties = Object.entries(value as Record<string, Schema>);
          return [
            name,
            Object.fromEntries(properties.map(([key, property]) => [key, compactSchema(property)])),
          ];
        }
        return [name, name === 'items' ? compactSchema(value as Schema) : value];
      }),
  );
}

/** The schema of a tool without the descriptions of parameters that stand in `said` already, to which its own are added. */
export function withoutRepetition(schema: Schema, said: Set<string>): Schema {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  return {
    ...schema,
    properties: Object.fromEntries(
      properties.map(([name, property]) => {
        const { description, ...rest } = property;
        const words = `${name}: ${String(description)}`;
        if (description === undefined || said.has(words)) return [name, rest];
        said.add(words);
        return [name, property];
      }),
    ),
  };
}
