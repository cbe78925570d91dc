import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANALYTICS_FUNCTIONS } from '../../../src/analytics/functions.ts';
import { parameterSchemaOf } from '../../../src/analytics/tools.ts';
import { compactSchema } from '../../../src/chat/compact-schema.ts';
import { chatTools } from '../../../src/chat/toolbox.ts';

describe('the schema of a tool, as a model is sent it', () => {
  it('has every parameter, with its values and what it means', () => {
    for (const definition of ANALYTICS_FUNCTIONS) {
      const whole = parameterSchemaOf(definition) as { properties: Record<string, Record<string, unknown>> };
      const compact = compactSchema(whole) as typeof whole;
      assert.deepEqual(Object.keys(compact.properties), Object.keys(whole.properties), definition.name);
      for (const [name, property] of Object.entries(whole.properties)) {
        for (const key of ['description', 'enum', 'default'])
          assert.deepEqual(
            compact.properties[name]![key],
            property[key],
            `${definition.name}.${name}.${key}`,
          );
      }
    }
  });

  it('says of one or several only the list, which the function takes', () => {
    const value = { type: 'string', minLength: 1 };
    const schema = { description: 'Brands.', anyOf: [value, { type: 'array', minItems: 1, items: value }] };
    assert.deepEqual(compactSchema(schema), {
      description: 'Brands.',
      type: 'array',
      items: { type: 'string' },
    });
    const totals = ANALYTICS_FUNCTIONS.find(({ name }) => name === 'totals')!;
    assert.ok(totals.parameters.safeParse({ brand: ['Роща'], nm_id: [148001001] }).success);
  });

  it('is much shorter', () => {
    const length = (value: unknown) => JSON.stringify(value).length;
    const whole = ANALYTICS_FUNCTIONS.map(parameterSchemaOf);
    assert.ok(length(whole.map(compactSchema)) < length(whole) * 0.7);
    assert.ok(length(chatTools()) < 28_500, String(length(chatTools())));
  });
});
