import type { z } from '@hono/zod-openapi';

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const TYPE_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a JSON object',
  }),
);

/**
 * Given to every schema of a request: says what is wrong in plain words that follow the name of the field, and never
 * repeats the value, which may be a key.
 */
export const inPlainWords = {
  error(issue: RawIssue): string {
    switch (issue.code) {
      case 'invalid_type':
        return issue.input === undefined
          ? 'is required'
          : `must be ${TYPE_WORDS.get(issue.expected) ?? issue.expected}`;
      case 'invalid_value':
        return issue.input === undefined
          ? 'is required'
          : `must be one of ${issue.values.map(String).join(', ')}`;
      case 'too_small':
        return issue.origin === 'array'
          ? `must have at least ${issue.minimum} elements`
          : `must be at least ${issue.minimum}`;
      case 'too_big':
        return issue.origin === 'array'
          ? `must have at most ${issue.maximum} elements`
          : `must be at most ${issue.maximum}`;
      case 'unrecognized_keys':
        return 'is not known here';
      default:
        return 'is malformed';
    }
  },
};
