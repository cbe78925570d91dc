import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { HttpEnv } from '../context.ts';
import { detailOf, fieldErrorsOf, retryAfterSecondsOf, toAppError } from '../problems.ts';

/** The one shape of what is not what was asked for. */
export function problemOf(error: AppError, requestId: string) {
  const errors = fieldErrorsOf(error);
  return {
    detail: detailOf(error),
    code: error.code,
    ...(errors === undefined ? {} : { errors }),
    request_id: requestId,
  };
}

export function answerProblem(context: Context<HttpEnv>, error: AppError): Response {
  const retryAfter = retryAfterSecondsOf(error);
  if (retryAfter !== undefined) context.header('retry-after', String(retryAfter));
  return context.json(problemOf(error, context.get('requestId')), error.httpStatus as ContentfulStatusCode);
}

/** For `app.onError`: turns whatever was thrown into an answer, and logs what is the program's own fault. */
export function handleError(log: Log): (thrown: unknown, context: Context<HttpEnv>) => Response {
  return (thrown, context) => {
    const error = toAppError(thrown);
    logFault(log, context, error);
    return answerProblem(context, error);
  };
}

/** Writes down what the asker's mistake is not. */
export function logFault(log: Log, context: Context<HttpEnv>, error: AppError): void {
  const fields = {
    request_id: context.get('requestId'),
    method: context.req.method,
    path: context.req.path,
  };
  if (context.req.raw.signal.aborted) {
    // The asker hung up, so what failed is most likely the answer to nobody.
    log.debug({ ...fields, err: error }, 'HTTP request was aborted by the client');
  } else if (context.finalized && context.get('signal').aborted) {
    log.debug({ ...fields, err: error }, 'HTTP request ended after it was given up');
  } else if (error.code === 'request_timeout') {
    log.warn({ ...fields, err: error }, 'HTTP request was given up: it took too long');
  } else if (error.httpStatus === 503) {
    log.warn({ ...fields, err: error }, 'HTTP request failed: a part that it needs is not available');
  } else if (error.httpStatus >= 500 && error.httpStatus !== 501) {
    log.error({ ...fields, err: error }, 'HTTP request failed');
  }
}
