import { AppError } from '../errors.ts';
import { createLog } from '../log.ts';
import { makeToken } from '../wildberries/make-token.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { SCOPE_BITS, type Scope, type TokenType } from '../wildberries/token.ts';

/** As commander hands them over: text, unchecked. */
export interface SimulateOptions {
  port: string;
  seed?: string;
  products?: string;
  ordersPerDay?: string;
  reviewsPerDay?: string;
  /** `--no-limits` makes it false. */
  limits: boolean;
  limitScale?: string;
  /** `--at <moment>`: where the shop's time stands still. */
  at?: string;
  namedWarehouses?: boolean;
  rowsPerPage?: string;
}

/** The seller of the tokens that are printed; any other seller ID works as well and is another shop. */
const SELLER_ID = '5e11e400-0000-4000-a000-000000000001';
const DAY_MS = 24 * 60 * 60 * 1000;
/** As long as Wildberries' own tokens live. */
const TOKEN_DAYS = 180;
const STOP_TIMEOUT_MS = 2000;

/** Runs the simulator until it is told to stop. */
export async function simulate(options: SimulateOptions): Promise<void> {
  const log = createLog({ level: process.env['LOG_LEVEL'] ?? 'info', format: 'pretty' });
  const simulator = createSimulator({
    port: integer('--port', options.port, 0, 65_535),
    log,
    limits: options.limits ? 'on' : 'off',
    warehouses: options.namedWarehouses === true ? 'named' : 'hidden',
    shop: {
      ...given(options.products, (text) => ({ products: integer('--products', text, 1, 100_000) })),
      ...given(options.ordersPerDay, (text) => ({
        ordersPerDay: number('--orders-per-day', text, 0, 10_000),
      })),
      ...given(options.reviewsPerDay, (text) => ({
        reviewsPerDay: number('--reviews-per-day', text, 0, 10_000),
      })),
    },
    ...given(options.seed, (seed) => ({ seed })),
    ...given(options.limitScale, (text) => ({ limitScale: number('--limit-scale', text, 0, 100) })),
    ...given(options.at, (text) => ({ frozenAt: moment('--at', text) })),
    ...given(options.rowsPerPage, (text) => ({ rowsPerPage: integer('--rows-per-page', text, 1, 80_000) })),
  });
  await simulator.start();
  const stopped = stopOnSignal(simulator);
  process.stdout.write(`${introduce(simulator)}\n`);
  await stopped;
}

function given<T extends object>(text: string | undefined, read: (text: string) => T): T | undefined {
  return text === undefined ? undefined : read(text);
}

function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max))
    throw new AppError('invalid_request', `${name} has to be a number from ${min} to ${max}`);
  return value;
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = number(name, text, min, max);
  if (!Number.isInteger(value))
    throw new AppError('invalid_request', `${name} has to be a whole number from ${min} to ${max}`);
  return value;
}

function moment(name: string, text: string): Date {
  const value = new Date(text);
  if (Number.isNaN(value.getTime()))
    throw new AppError('invalid_request', `${name} has to be a moment such as 2026-11-25T12:00:00+03:00`);
  return value;
}

function stopOnSignal(simulator: Simulator): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        simulator.stop(STOP_TIMEOUT_MS).then(resolve, reject);
      });
    }
  });
}

function introduce(simulator: Simulator): string {
  const { url } = simulator;
  const expiresAt = new Date(Date.now() + TOKEN_DAYS * DAY_MS);
  const scopes = Object.keys(SCOPE_BITS) as Scope[];
  const token = (type: TokenType) =>
    makeToken({ sellerId: SELLER_ID, type, scopes, readOnly: true, expiresAt });
  return `
Wildberries simulator on ${url}; the shop's time is ${simulator.now().toISOString()}
${simulator.shopOf(SELLER_ID).seller.name}, seller ID ${SELLER_ID}

Point the service at it
  WB_API=simulator WB_SIMULATOR_URL=${url} npm start

Tokens, for the API key of a cabinet or for curl
  personal  ${token('personal')}
  base      ${token('base')}
  test      ${token('test')}

Ask as the service does: the first part of the path is the first label of the host
  TOKEN=<one of the above>
  curl ${url}/common-api/api/v1/seller-info -H "Authorization: $TOKEN"
  curl ${url}/content-api/content/v2/get/cards/list -H "Authorization: $TOKEN" -H 'Content-Type: application/json' \\
    -d '{"settings":{"sort":{"ascending":true},"filter":{"withPhoto":-1},"cursor":{"limit":3}}}'

Control it
  curl ${url}/_simulator
  curl ${url}/_simulator/requests
  curl ${url}/_simulator/time -d '{"advance_days": 1}'
  curl ${url}/_simulator/faults -d '{"kind": "503", "endpoint": "orders", "times": 3}'
  curl -X DELETE ${url}/_simulator/faults

Stop  Ctrl+C
`;
}
