import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { Refusal } from './request-limiter.ts';

/** How many requests may follow at once; on every status but 429 (official introduction, "Rate Limits"). */
export function remainingHeader(remaining: number): Record<string, string> {
  return { 'X-Ratelimit-Remaining': String(remaining) };
}

export function refusalHeaders({ retrySeconds, resetSeconds, burst }: Refusal): Record<string, string> {
  return {
    'X-Ratelimit-Retry': String(retrySeconds),
    'X-Ratelimit-Limit': String(burst),
    'X-Ratelimit-Reset': String(resetSeconds),
  };
}

/** `truncate`: promises the whole body, sends half of it and hangs up. */
export function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  headers: Record<string, string>,
  delivery: 'whole' | 'truncate' = 'whole',
): void {
  if (answer.body === undefined) {
    response.writeHead(answer.status, headers);
    // An empty body cannot be cut in half, so the connection is closed instead.
    if (delivery === 'truncate') response.destroy();
    else response.end();
    return;
  }
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  const bytes = Buffer.from(text);
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType,
    'Content-Length': bytes.length,
    ...headers,
  });
  if (delivery === 'whole') response.end(bytes);
  else response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
