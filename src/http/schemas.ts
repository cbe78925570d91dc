import { z } from '@hono/zod-openapi';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { inPlainWords } from './reasons.ts';

/** Text that Postgres can store. Spaces around it are dropped. Lengths are in characters (UTF-16 units). */
export const storableText = (maxLength: number) =>
  z
    .string(inPlainWords)
    .trim()
    .superRefine((text, context) => {
      const problem = problemOfText(text, maxLength);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .openapi({ type: 'string', minLength: 1, maxLength });

function problemOfText(text: string, maxLength: number): string | undefined {
  if (text === '') return 'must not be empty';
  if (text.length > maxLength) return `must have at most ${maxLength} characters`;
  if (text.includes('\0')) return 'must not contain NUL characters (U+0000), which Postgres cannot store';
  if (!text.isWellFormed()) return 'must not contain unpaired surrogates, which Postgres cannot store';
  return undefined;
}

/** A whole number from the path or the query string, in plain decimal digits. */
export const wholeNumberText = (min: number, max: number) =>
  z
    .string(inPlainWords)
    .transform((text, context) => {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
      if (!(value >= min && value <= max)) {
        context.addIssue({ code: 'custom', message: `must be a whole number from ${min} to ${max}` });
        return z.NEVER;
      }
      return value;
    })
    .openapi({ type: 'integer', minimum: min, maximum: max });

export const cabinetIdParams = z.object({
  cabinet_id: wholeNumberText(1, Number.MAX_SAFE_INTEGER).openapi({ example: 1 }),
});

/** In answers. Null stands for a time that has no such form, as Postgres' `infinity`. */
export const timestamp = z
  .string()
  .nullable()
  .openapi({ format: 'date-time', example: '2025-12-16T15:30:00Z' });

/** The one shape of everything that went wrong. */
export const problem = z
  .object({
    detail: z.string().openapi({ description: 'What is wrong and what to do, for a person.' }),
    code: z.string().openapi({ description: 'The error code, as docs/errors.md lists it.' }),
    errors: z
      .array(z.object({ field: z.string(), reason: z.string() }))
      .optional()
      .openapi({ description: 'Which fields of the request are wrong, and why.' }),
    request_id: z.string(),
  })
  .openapi('Problem');

type Example<Schema extends z.ZodType> = z.input<Schema>;

const jsonOf = <Schema extends z.ZodType>(schema: Schema, example: Example<Schema> | undefined) => ({
  'application/json': { schema, ...(example === undefined ? {} : { example }) },
});

export const jsonBody = <Schema extends z.ZodType>(
  schema: Schema,
  { required = true, example }: { required?: boolean; example?: Example<Schema> } = {},
) => ({
  content: jsonOf(schema, example),
  required,
});

export const jsonAnswer = <Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  example?: Example<Schema>,
) => ({
  content: jsonOf(schema, example),
  description,
});

/** An answer that is not what was asked for, with an example of each code that it may have. */
export const problemAnswer = (description: string, ...codes: [ErrorCode, ...ErrorCode[]]) => ({
  content: {
    'application/json': {
      schema: problem,
      examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
    },
  },
  description,
});

function exampleOf(code: ErrorCode): z.infer<typeof problem> {
  const request = { request_id: '3f0c1f0e-6c52-4a5b-9f0a-1d4f6f1f2a3b' };
  if (code !== 'invalid_request') return { detail: ERROR_CODES[code].meaning, code, ...request };
  const errors = [{ field: 'limit', reason: 'must be a whole number from 1 to 100' }];
  return { detail: 'The request is not usable: limit must be …', code, errors, ...request };
}

/** What any route behind the key may answer. What follows from its input, `guardRoutes` adds. */
export const COMMON_PROBLEMS = {
  403: problemAnswer(
    'The key is missing, wrong or revoked, or it is one of a cabinet and may not do this.',
    'unauthorized',
    'forbidden',
  ),
  429: {
    ...problemAnswer('Too many requests with this key, or wrong keys from this address.', 'rate_limited'),
    headers: {
      'Retry-After': { description: 'Seconds after which to go on.', schema: { type: 'integer' as const } },
    },
  },
  500: problemAnswer('A fault of the program; the log has the reason under the request id.', 'internal'),
  503: {
    ...problemAnswer(
      'A database or the embedding provider is not available, or this key has too many requests under way.',
      'database_unreachable',
      'database_busy',
      'embedding_unavailable',
      'key_busy',
    ),
    headers: {
      'Retry-After': {
        description: 'Seconds after which to try again.',
        schema: { type: 'integer' as const },
      },
    },
  },
  504: problemAnswer('It took too long.', 'request_timeout'),
};

export const CABINET_NOT_FOUND = {
  404: problemAnswer('There is no such cabinet.', 'cabinet_not_found'),
};

/** What a route may answer because of what it is sent. */
export function problemsOfInput(request: { params?: unknown; query?: unknown; body?: unknown } = {}) {
  const ofBody = {
    400: problemAnswer('The body is not JSON in UTF-8.', 'malformed_body'),
    413: problemAnswer('The body is too large.', 'body_too_large'),
    415: problemAnswer('The body is not declared to be JSON.', 'unsupported_media_type'),
  };
  const ofAny = {
    422: problemAnswer('Fields of the request are missing or malformed.', 'invalid_request'),
  };
  const { params, query, body } = request;
  return {
    ...(body === undefined ? {} : ofBody),
    ...([params, query, body].every((part) => part === undefined) ? {} : ofAny),
  };
}

/** Both ways to show the key; one is enough. openapi.ts registers what the names stand for. */
export const API_KEY_SECURITY = [{ apiKeyHeader: [] }, { bearer: [] }];
