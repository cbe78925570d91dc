import { HTTPException } from 'hono/http-exception';
import type { z } from '@hono/zod-openapi';
import { databaseFaultOf, toDatabaseError } from '../database/sqlstate.ts';
import { AppError, ERROR_CODES, isAppError } from '../errors.ts';

export interface FieldError {
  /** Where: `changed_ids.orders.3`, or `body` for the body as a whole. */
  field: string;
  reason: string;
}

/** Fields named in one answer; the rest is counted. */
const MAX_FIELD_ERRORS = 20;
const MAX_FIELD_LENGTH = 200;
const RETRY_AFTER_SECONDS = 5;

/** Codes whose message is for the asker although the status is 5xx. The other messages name hosts, files and the like. */
const TELLING_CODES: ReadonlySet<string> = new Set(['not_available', 'request_timeout', 'key_busy']);

/** Everything thrown inside the application, as the error that the answer is made of. Unknown ones become `internal`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof HTTPException) {
    return error.status === 415
      ? new AppError(
          'unsupported_media_type',
          'Send the body as JSON, with the header Content-Type: application/json.',
          { cause: error },
        )
      : new AppError('malformed_body', 'The body of the request is not valid JSON.', { cause: error });
  }
  if (databaseFaultOf(error) !== undefined) return toDatabaseError(error, 'The database') as AppError;
  return new AppError('internal', 'The request failed for an unforeseen reason.', { cause: error });
}

/** What the answer may say: nothing about the inside of the program. */
export function detailOf(error: AppError): string {
  if (error.httpStatus < 500 || TELLING_CODES.has(error.code)) return error.message;
  return error.code === 'internal'
    ? 'The program failed on this request. Its log has the reason, under the request id.'
    : ERROR_CODES[error.code].meaning;
}

/** Seconds after which another try makes sense; undefined when that does not depend on time. */
export function retryAfterSecondsOf(error: AppError): number | undefined {
  if (error.httpStatus !== 503 && error.httpStatus !== 429) return undefined;
  const told = error.details['retryAfterMs'];
  return typeof told === 'number' && told > 0 ? Math.ceil(told / 1000) : RETRY_AFTER_SECONDS;
}

export function fieldErrorsOf(error: AppError): FieldError[] | undefined {
  return isAppError(error, 'invalid_request')
    ? (error.details['errors'] as FieldError[] | undefined)
    : undefined;
}

/** `invalid_request` with each field and the reason in plain words. Values are never repeated: one may be a key. */
export function invalidRequest(fieldErrors: readonly FieldError[]): AppError {
  const errors = fieldErrors.slice(0, MAX_FIELD_ERRORS);
  const more = fieldErrors.length - errors.length;
  const list = errors.map(({ field, reason }) => `${field} ${reason}`).join('; ');
  return new AppError(
    'invalid_request',
    `The request is not usable: ${list}${more > 0 ? `; and ${more} more` : ''}.`,
    {
      details: { errors },
    },
  );
}

/**
 * zod's findings about one part of a request, whose schemas speak `inPlainWords`. `part` names it where no field does:
 * `body`, `query` and so on.
 */
export function fieldErrorsOfZod(error: z.ZodError, part: string): FieldError[] {
  return error.issues.flatMap((issue) => {
    // Fields that should not be there come as one issue of their object.
    const paths =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => ({ field: fieldOf(path, part), reason: issue.message }));
  });
}

function fieldOf(path: readonly PropertyKey[], part: string): string {
  return path.length === 0 ? part : path.map(String).join('.').slice(0, MAX_FIELD_LENGTH).toWellFormed();
}
