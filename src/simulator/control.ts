import { z } from 'zod';
import { json, type Answer } from './answer.ts';
import { FAULT_KINDS, type Fault, type FaultHandle, type FaultScript } from './fault-script.ts';
import type { RequestRecords } from './requests.ts';
import { ROUTES, type SimulatedEndpoint } from './routes.ts';
import type { SimulatorClock } from './simulator-clock.ts';

export interface ControlDeps {
  clock: SimulatorClock;
  faults: FaultScript;
  records: RequestRecords;
  /** Sellers that have called so far. */
  sellers: () => readonly string[];
  settings: Readonly<Record<string, unknown>>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_LISTED = 1000;

const timeSchema = z
  .strictObject({
    advance_days: z.number().nonnegative().optional(),
    advance_seconds: z.number().nonnegative().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'give advance_days or advance_seconds');

const endpoints = [...new Set<SimulatedEndpoint>([...ROUTES.map((route) => route.endpoint), 'ping'])];
const faultSchema = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  endpoint: z.enum(endpoints).optional(),
  seller_id: z.string().optional(),
  times: z.union([z.int().positive(), z.literal('forever')]).optional(),
  after: z.int().nonnegative().optional(),
  retry_after_seconds: z.int().positive().optional(),
  delay_ms: z.int().nonnegative().optional(),
});

/** Control for other processes, under `/_simulator`. */
export function createControl(deps: ControlDeps): (method: string, path: string, body: unknown) => Answer {
  const { clock, faults, records } = deps;
  const showTime = () => ({ time: clock.now().toISOString(), frozen: clock.frozen });
  const actions = new Map<string, (body: unknown) => Answer>(
    Object.entries({
      'GET ': () => {
        const byEndpoint = records.count();
        const early = Object.values(byEndpoint).reduce((sum, count) => sum + count.early, 0);
        const counts = { requests: records.list.length, early, by_endpoint: byEndpoint };
        const shown = faults.active.map(showFault);
        return json({ ...showTime(), ...deps.settings, sellers: deps.sellers(), ...counts, faults: shown });
      },
      'POST time': (body) =>
        parsed(timeSchema, body, ({ advance_days = 0, advance_seconds = 0 }) => {
          clock.advance(advance_days * DAY_MS + advance_seconds * 1000);
          return json(showTime());
        }),
      'GET requests': () => json({ requests: records.list.slice(-MAX_LISTED).map(showRequest) }),
      'DELETE requests': () => {
        records.forget();
        return json({ requests: [] });
      },
      'GET faults': () => json({ faults: faults.active.map(showFault) }),
      'POST faults': (body) =>
        parsed(faultSchema, body, (fault) => json(showFault(faults.add(readFault(fault))), 201)),
      'DELETE faults': () => {
        faults.clear();
        return json({ faults: [] });
      },
    }),
  );
  return (method, path, body) => {
    const act = actions.get(`${method} ${path.replace(/^\/|\/$/g, '')}`);
    if (act !== undefined) return act(body);
    const known = [...actions.keys()].map((key) => key.replace(' ', ' /_simulator/').replace(/\/$/, ''));
    return json({ code: 'route_not_found', detail: `The simulator knows ${known.join(', ')}` }, 404);
  };
}

function parsed<T>(schema: z.ZodType<T>, body: unknown, act: (value: T) => Answer): Answer {
  const result = schema.safeParse(body);
  if (result.success) return act(result.data);
  const detail = body === undefined ? 'The body of the request is not JSON' : z.prettifyError(result.error);
  return json({ code: 'invalid_request', detail }, 422);
}

function readFault(given: z.infer<typeof faultSchema>): Fault {
  const { kind, endpoint, seller_id: sellerId, times, after } = given;
  const { retry_after_seconds: retryAfterSeconds, delay_ms: delayMs } = given;
  return {
    kind,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(sellerId === undefined ? {} : { sellerId }),
    ...(times === undefined ? {} : { times: times === 'forever' ? Infinity : times }),
    ...(after === undefined ? {} : { after }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(delayMs === undefined ? {} : { delayMs }),
  };
}

function showFault({ fault, hits }: FaultHandle): object {
  const times = fault.times ?? 1;
  return {
    ...{ kind: fault.kind, endpoint: fault.endpoint, seller_id: fault.sellerId },
    ...{ times: times === Infinity ? 'forever' : times, after: fault.after },
    ...{ retry_after_seconds: fault.retryAfterSeconds, delay_ms: fault.delayMs, hits },
  };
}

function showRequest(request: RequestRecords['list'][number]): object {
  const { sellerId, tokenType, status = null, ...rest } = request;
  return { ...rest, seller_id: sellerId, token_type: tokenType, status };
}
