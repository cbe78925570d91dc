import { randomBytes, randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { WbApi } from '../wildberries/endpoints.ts';
import { json, type Answer } from './answer.ts';

/** `common`: the host of what belongs to no category, such as the seller's name. */
export type SimulatedApi = WbApi | 'common';

const PROBLEM = 'application/problem+json';

/** What the gateway before all services says, with the fields of the official examples. */
export function problem(status: number, title: string, detail: string, at: Date, code?: string): Answer {
  const body = {
    title,
    detail,
    code: code ?? `07e4668e-${randomBytes(6).toString('hex')}-[UK-4dx7JUdskGZ]`,
    requestId: randomBytes(16).toString('hex'),
    origin: 's2s-api-auth-catalog',
    status,
    statusText: STATUS_CODES[status] ?? '',
    timestamp: `${at.toISOString().slice(0, 19)}Z`,
  };
  return { status, contentType: PROBLEM, body };
}

export function unauthorized(detail: string, at: Date): Answer {
  return problem(401, 'unauthorized', detail, at);
}

export function pathNotFound(at: Date, detail?: string): Answer {
  const where = 'Please consult the https://dev.wildberries.ru/openapi/api-information';
  return problem(404, 'path not found', detail ?? where, at);
}

/** What a method answers that Wildberries has removed or switched off: the reason is in the `detail` alone. */
export function temporarilyDisabled(releaseNote: number, at: Date): Answer {
  const link = `https://dev.wildberries.ru/release-notes?id=${releaseNote}`;
  return pathNotFound(at, `This method is temporarily disabled. Link: ${link}`);
}

export function baseTokenNotAllowed(at: Date): Answer {
  const code = 'base token is not allowed for this path';
  return problem(403, 'forbidden', 'base token is not allowed', at, code);
}

export function paymentRequired(): Answer {
  const detail =
    "wb solution for business has insufficient funds on its balance. please top up the balance in the company's personal account https://dev.wildberries.ru/company";
  return { status: 402, contentType: PROBLEM, body: { title: 'payment required', detail } };
}

/** Every service words a bad request in a shape of its own. `text` is what it says where it says anything. */
export function badRequest(api: SimulatedApi, text: string): Answer {
  switch (api) {
    case 'content':
      return json({ data: null, error: true, errorText: text, additionalErrors: {} }, 400);
    case 'prices':
      return json({ data: null, error: true, errorText: text }, 400);
    case 'statistics':
      return json({ errors: text }, 400);
    case 'feedbacks':
      return json(feedbacksError(text), 400);
    case 'analytics':
    case 'common':
      return json(analyticsError('Invalid request body', text), 400);
  }
}

/**
 * A token of the wrong category. The statistics' files document no 403 (2026-08-18), while the general text has it under
 * 401, so a client has to know both.
 */
export function scopeMissing(api: SimulatedApi, at: Date): Answer {
  switch (api) {
    case 'content': {
      const text = 'Access denied';
      return json({ data: null, error: true, errorText: text, additionalErrors: text }, 403);
    }
    case 'prices':
      return json({ data: null, error: true, errorText: 'Access denied' }, 403);
    case 'feedbacks':
      return json(feedbacksError('Ошибка авторизации'), 403);
    case 'analytics':
      return json(analyticsError('Authorization error', 'Authorization error'), 403);
    case 'statistics':
    case 'common':
      return unauthorized('access token problem; token scope not allowed for this API route', at);
  }
}

/** An error with status 200: only the envelope says that it is one. */
export function errorEnvelope(api: SimulatedApi): Answer {
  return { ...badRequest(api, 'Внутренняя ошибка сервиса'), status: 200 };
}

function analyticsError(title: string, detail: string): object {
  return { title, detail, requestId: randomUUID(), origin: 'analytics-open-api' };
}

function feedbacksError(errorText: string): object {
  return { data: null, error: true, errorText, additionalErrors: null, requestId: randomUUID() };
}

/** The reports of the analytics host. */
export function reportError(status: 400 | 404, detail: string): Answer {
  const title = status === 400 ? 'Bad Request' : 'Not Found';
  const requestId = randomBytes(16).toString('hex');
  const contentType = status === 400 ? 'application/json' : PROBLEM;
  return { status, contentType, body: { detail, origin: 'api-statistics', requestId, title } };
}
