import { z } from '@hono/zod-openapi';
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

const jsonOf = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });

export const jsonBody = <Schema extends z.ZodType>(schema: Schema, required = true) => ({
  content: jsonOf(schema),
  required,
});

export const jsonAnswer = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  content: jsonOf(schema),
  description,
});

const problemAnswer = (description: string) => jsonAnswer(problem, description);

/** What any route behind the key may answer. */
export const COMMON_PROBLEMS = {
  400: problemAnswer('The body is not JSON.'),
  403: problemAnswer('The API key is missing or wrong.'),
  422: problemAnswer('Fields of the request are missing or malformed.'),
  500: problemAnswer('A fault of the program; the log has the reason under the request id.'),
  503: problemAnswer('A database or the embedding provider is not available.'),
} as const;

export const CABINET_NOT_FOUND = { 404: problemAnswer('There is no such cabinet.') } as const;

/** Both ways to show the key; one is enough. app.ts registers what the names stand for. */
export const API_KEY_SECURITY = [{ apiKeyHeader: [] }, { bearer: [] }];
