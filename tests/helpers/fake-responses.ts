import type { ServerResponse } from 'node:http';

/** What the fakes of a provider bill for a text: its words. */
export function countTokens(text: string): number {
  return Math.max(1, text.split(/\s+/).filter((word) => word !== '').length);
}

/** Answers with JSON, or with a string as it is. */
export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(payload);
}

/** An error as OpenAI words it. */
export function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  code: string | null,
  headers?: Record<string, string>,
  param: string | null = null,
): void {
  send(response, status, { error: { message, type: 'invalid_request_error', param, code } }, headers);
}
