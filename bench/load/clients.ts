/**
 * The askers of bench/load.ts, in a process of their own: each sends its next request when the last one is answered.
 * Started with a JSON object as its one argument; prints a JSON object.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request as httpRequest } from 'node:http';

export type RequestKind = 'status' | 'search' | 'bad request';

export interface ClientsOptions {
  url: string;
  key: string;
  clients: number;
  seconds: number;
  cabinetIds: readonly number[];
}

export interface KindFigures {
  /** By HTTP status; `failed`: no answer. */
  counts: Record<string, number>;
  /** Answers that were not what this kind of request has to get. */
  unexpected: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export type ClientsReport = Record<RequestKind, KindFigures>;

interface Planned {
  kind: RequestKind;
  method: string;
  path: string;
  body?: string;
  key?: string;
  expected: readonly number[];
}

/**
 * The clients come one after the other, and are then given time to spread: until most of them wait in line for a search, they
 * send several times as many requests as afterwards. Answers of this time are counted, their latency is not.
 */
export const WARM_UP_MS = 5_000;
const RAMP_MS = 2_000;

const WORDS =
  'жалобы брак возврат куртка зимняя размер мал цвет доставка быстро кроссовки беговые подарок качество ткань молния'.split(
    ' ',
  );
const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!;

function plan(cabinetIds: readonly number[]): Planned {
  const cabinetId = pick(cabinetIds);
  const dice = Math.random();
  if (dice < 0.6)
    return { kind: 'status', method: 'GET', path: `/v1/rag/status/${cabinetId}`, expected: [200] };
  if (dice < 0.85) {
    const query = `${pick(WORDS)} ${pick(WORDS)} ${Math.floor(Math.random() * 2000)}`;
    const body = JSON.stringify({ cabinet_id: cabinetId, query, limit: pick([5, 10, 50]) });
    return { kind: 'search', method: 'POST', path: '/v1/rag/search', body, expected: [200] };
  }
  const search = { kind: 'bad request' as const, method: 'POST', path: '/v1/rag/search' };
  return pick<Planned>([
    { ...search, body: '{"cabinet_id": 1', expected: [400] },
    { ...search, body: '{"cabinet_id": "one", "query": "", "limit": 1000}', expected: [422] },
    { ...search, body: JSON.stringify({ cabinet_id: 999_999_999, query: 'куртка' }), expected: [404] },
    { ...search, body: JSON.stringify({ query: 'x'.repeat(100_000) }), expected: [422] },
    { ...search, method: 'PUT', body: '{}', expected: [405] },
    // 429: sixty wrong keys a minute are heard.
    { kind: 'bad request', method: 'GET', path: '/v1/rag/status/1', key: 'wrong', expected: [403, 429] },
    { kind: 'bad request', method: 'GET', path: '/v1/rag/status/none', expected: [422] },
    { kind: 'bad request', method: 'GET', path: '/no/such/route', expected: [404] },
  ]);
}

async function load(options: ClientsOptions): Promise<ClientsReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.clients });
  const { hostname, port } = new URL(options.url);
  const begin = performance.now() + WARM_UP_MS;
  const end = begin + options.seconds * 1000;
  const samples: Record<RequestKind, number[]> = { status: [], search: [], 'bad request': [] };
  const counts: Record<RequestKind, Record<string, number>> = { status: {}, search: {}, 'bad request': {} };
  const unexpected: Record<RequestKind, number> = { status: 0, search: 0, 'bad request': 0 };

  const send = ({ method, path, body, key = options.key }: Planned) =>
    new Promise<number>((resolve, reject) => {
      const headers = {
        'x-api-key': key,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      };
      const request = httpRequest({ agent, hostname, port, method, path, headers }, (answer) => {
        answer.on('error', reject);
        answer.on('end', () => resolve(answer.statusCode!));
        answer.resume();
      });
      request.on('error', reject);
      request.end(body);
    });

  async function ask(place: number): Promise<void> {
    await delay((place / options.clients) * RAMP_MS);
    while (performance.now() < end) {
      const planned = plan(options.cabinetIds);
      const startedAt = performance.now();
      const status = await send(planned).catch(() => 'failed' as const);
      const { kind } = planned;
      if (startedAt >= begin) samples[kind].push(performance.now() - startedAt);
      counts[kind][status] = (counts[kind][status] ?? 0) + 1;
      if (status === 'failed' || !planned.expected.includes(status)) unexpected[kind] += 1;
    }
  }
  await Promise.all(Array.from({ length: options.clients }, (_, place) => ask(place)));
  agent.destroy();

  const figures = (kind: RequestKind): KindFigures => {
    const sorted = samples[kind].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
    const percentiles = { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
    return { counts: counts[kind], unexpected: unexpected[kind], ...percentiles };
  };
  return { status: figures('status'), search: figures('search'), 'bad request': figures('bad request') };
}

if (process.argv[2] !== undefined)
  console.log(JSON.stringify(await load(JSON.parse(process.argv[2]) as ClientsOptions)));
