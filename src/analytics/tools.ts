import { z } from 'zod';
import type { AnalyticsFunction } from './analytics-function.ts';

/** A function as the `tools` of an OpenAI chat request name it. */
export interface AnalyticsTool {
  type: 'function';
  function: { name: string; description: string; parameters: Record<string, unknown> };
}

/** JSON Schema of what may be sent: no defaults filled in, nothing but the known fields. */
export function parameterSchemaOf(definition: AnalyticsFunction): Record<string, unknown> {
  const { $schema: _schema, ...schema } = z.toJSONSchema(definition.parameters, {
    io: 'input',
    target: 'draft-7',
  });
  return schema;
}

export function toolsOf(functions: readonly AnalyticsFunction[]): AnalyticsTool[] {
  return functions.map((definition) => ({
    type: 'function',
    function: {
      name: definition.name,
      description: definition.description.en,
      parameters: parameterSchemaOf(definition),
    },
  }));
}
