import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateLimit } from '../wildberries/endpoints.ts';
import type { WbToken } from '../wildberries/token.ts';
import type { Answer, Answerer } from './answer.ts';
import { applyFault, type Outcome } from './apply-fault.ts';
import { authorize } from './authorize.ts';
import type { FaultPicker } from './fault-script.ts';
import { pathNotFound, problem, temporarilyDisabled } from './problems.ts';
import { readJsonBody } from './read-json-body.ts';
import type { Refusal, RequestLimiter } from './request-limiter.ts';
import { summarizeBody, type OpenRecord, type RequestRecords } from './requests.ts';
import { matchRoute, removedIn, type SimulatedEndpoint } from './routes.ts';
import { refusalHeaders, remainingHeader, sendAnswer } from './send-answer.ts';
import type { Shop } from './shop/shop.ts';
import { hasRows } from './spoil-row.ts';

export interface RequestHandlerDeps {
  now: () => Date;
  shopOf: (sellerId: string) => Shop;
  answers: Readonly<Record<SimulatedEndpoint, Answerer>>;
  limiter: RequestLimiter;
  faults: FaultPicker;
  records: RequestRecords;
  /** Resolves after the delay, or rejects when the simulator stops. */
  wait: (ms: number) => Promise<void>;
  /** Keeps the response open until the client, or the simulator, has had enough. */
  hang: (response: ServerResponse) => void;
}

const DEFAULT_RETRY_SECONDS = { '429': 1, 'global-limit': 60 };

/** Answers one request as Wildberries would, in the order of its gateway: path, token, limits, service. */
export function createRequestHandler(deps: RequestHandlerDeps) {
  const { faults, limiter, records } = deps;

  return async function handleRequest(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
  ): Promise<void> {
    const arrivedMs = performance.now();
    const method = request.method ?? '';
    const route = matchRoute(method, url.pathname);
    const query = Object.fromEntries(url.searchParams);
    const path = url.pathname;
    const record = records.open({ method, path, endpoint: route?.endpoint ?? 'unknown', query });
    const { text, body } = await readJsonBody(request);
    record.body = summarizeBody(text, body);
    const at = deps.now();
    const send = (answer: Answer, headers: Record<string, string> = {}) => {
      record.status = answer.status;
      sendAnswer(response, answer, headers);
    };

    if (route === undefined) {
      const note = removedIn(path);
      send(note === undefined ? pathNotFound(at) : temporarilyDisabled(note, at));
      return;
    }
    const { token, refusal } = authorize(request.headers.authorization, route, at);
    record.sellerId = token?.sellerId;
    record.tokenType = token?.type;
    if (refusal !== undefined || token === undefined) {
      send(refusal!);
      return;
    }
    const limit = route.limits[token.type] as RateLimit;
    const bucket = { sellerId: token.sellerId, tokenType: token.type, name: route.bucketFor(token.type) };
    const verdict = limiter.take(bucket, limit, arrivedMs);
    const refuse = (why: Refusal) => send(tooManyRequests(why, token, at), refusalHeaders(why));
    if (!verdict.allowed) {
      record.early = verdict.early;
      refuse(verdict);
      return;
    }

    const question = {
      ...{ query: url.searchParams, body, parameters: route.parameters },
      ...{ sellerId: token.sellerId, shop: deps.shopOf(token.sellerId), at },
    };
    const answer = once(() => deps.answers[route.endpoint](question));
    const fault = faults.take(route.endpoint, token.sellerId, (kind) => {
      if (kind === 'rewrite') return answer().status === 200;
      return kind !== 'malformed-row' || (answer().status === 200 && hasRows(route.endpoint, answer().body));
    });
    record.fault = fault?.fault.kind;
    const headers = remainingHeader(verdict.remaining);
    const kind = fault?.fault.kind;
    if (fault === undefined) send(answer(), headers);
    else if (kind === '429' || kind === 'global-limit') {
      const seconds = fault.fault.retryAfterSeconds ?? DEFAULT_RETRY_SECONDS[kind];
      const scope = kind === '429' ? 'bucket' : 'all';
      refuse(limiter.block(bucket, scope, limit, seconds, arrivedMs));
    } else await deliver(applyFault(fault, route, answer, at), response, record, headers);
  };

  async function deliver(
    { answer, delivery, delayMs }: Outcome,
    response: ServerResponse,
    record: OpenRecord,
    headers: Record<string, string>,
  ): Promise<void> {
    if (delayMs > 0) await deps.wait(delayMs);
    if (delivery === 'never') {
      deps.hang(response);
      return;
    }
    if (delivery === 'cut') {
      response.destroy();
      return;
    }
    record.status = answer.status;
    sendAnswer(response, answer, headers, delivery);
  }
}

function tooManyRequests({ global }: Refusal, token: WbToken, at: Date): Answer {
  const detail = global
    ? `Limited by global limiter, per seller ${token.sellerId}`
    : `limited by ${randomUUID()}`;
  return problem(429, 'too many requests', detail, at);
}

function once<T>(compute: () => T): () => T {
  let value: { of: T } | undefined;
  return () => (value ??= { of: compute() }).of;
}
