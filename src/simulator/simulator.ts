import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Service } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { isLoopback } from '../loopback.ts';
import { json, type Answer } from './answer.ts';
import { createControl } from './control.ts';
import { createAnswers } from './create-answers.ts';
import { createFaultScript, type FaultScript } from './fault-script.ts';
import { createRequestHandler } from './handle-request.ts';
import { closeServer, listenOnLoopback, LOOPBACK } from './loopback-server.ts';
import { pathNotFound } from './problems.ts';
import { readJsonBody } from './read-json-body.ts';
import { createRequestLimiter } from './request-limiter.ts';
import { createRequestRecords, type RecordedRequest } from './requests.ts';
import { sendAnswer } from './send-answer.ts';
import { createShop as createRealShop } from './shop/create-shop.ts';
import type { Shop, ShopOptions } from './shop/shop.ts';
import { createSimulatorClock } from './simulator-clock.ts';

export interface SimulatorOptions {
  /** 0: any free one; it stays the same when the simulator is started again. */
  port: number;
  log: Log;
  /** Shops of the same seed and seller are the same. */
  seed?: string;
  shop?: Partial<Pick<ShopOptions, 'products' | 'ordersPerDay' | 'reviewsPerDay'>>;
  /** `off`: only scripted faults refuse a request for coming too early. */
  limits?: 'on' | 'off';
  /** Intervals of the limits are multiplied by it. */
  limitScale?: number;
  /** The shops' time stands still there until it is advanced; else it flows with the real one. */
  frozenAt?: Date;
  /** `hidden`, as since August 2026: Wildberries does not say which warehouse. */
  warehouses?: 'hidden' | 'named';
  /** Rows of one answer of the statistics. */
  rowsPerPage?: number;
  createShop?: (options: ShopOptions) => Shop;
}

export interface Simulator extends Service {
  /** For WB_SIMULATOR_URL. One URL stands for all hosts: the first label of the host begins the path. */
  readonly url: string;
  /** The shops' time. */
  now(): Date;
  advance(ms: number): void;
  shopOf(sellerId: string): Shop;
  readonly faults: FaultScript;
  /** In order of arrival; the latest 20 000. */
  readonly requests: readonly RecordedRequest[];
  /** Forgets the requests. Limits and faults stay as they are. */
  forget(): void;
}

const DEFAULT_SHOP = { products: 60, ordersPerDay: 25, reviewsPerDay: 6 };
const DEFAULT_ROWS_PER_PAGE = 80_000;

/** The seller API of Wildberries with simulated shops behind it, one for each seller that calls. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const { log, seed = 'wb-assist', limits = 'on', limitScale = 1, warehouses = 'hidden' } = options;
  const createShop = options.createShop ?? createRealShop;
  const clock = createSimulatorClock(options.frozenAt);
  const faults = createFaultScript();
  const records = createRequestRecords();
  const shops = new Map<string, Shop>();
  const hanging = new Set<ServerResponse>();
  let port = options.port;
  let running: { server: Server; aborted: AbortController; stopping?: Promise<void> } | undefined;

  function shopOf(sellerId: string): Shop {
    let shop = shops.get(sellerId);
    if (shop === undefined) {
      shop = createShop({ ...DEFAULT_SHOP, ...options.shop, seed, sellerId });
      shops.set(sellerId, shop);
    }
    return shop;
  }

  const control = createControl({
    ...{ clock, faults, records, sellers: () => [...shops.keys()] },
    settings: { seed, limits, limit_scale: limitScale, warehouses },
  });
  const handleRequest = createRequestHandler({
    ...{ now: () => clock.now(), shopOf, faults, records },
    answers: createAnswers({ warehouses, rowsPerPage: options.rowsPerPage ?? DEFAULT_ROWS_PER_PAGE }),
    limiter: createRequestLimiter({ on: limits === 'on', scale: limitScale }),
    wait: (ms) => sleep(ms, undefined, running === undefined ? {} : { signal: running.aborted.signal }),
    hang(response) {
      hanging.add(response);
      response.once('close', () => hanging.delete(response));
    },
  });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Not `new URL(path, base)`: a path that begins with two slashes would be taken for a host.
    const url = URL.parse(`http://${LOOPBACK}${request.url ?? '/'}`);
    if (url === null) {
      sendAnswer(response, pathNotFound(clock.now()), {});
      return;
    }
    // A page of another site whose name leads to this machine would be let in by a browser.
    if (!isLoopback((request.headers.host ?? LOOPBACK).replace(/:\d*$/, ''))) {
      sendAnswer(
        response,
        json({ detail: 'The simulator is for this machine only: ask for 127.0.0.1.' }, 403),
        {},
      );
      return;
    }
    const [, controlled] = /^\/_simulator(|\/.*)$/.exec(url.pathname) ?? [];
    if (controlled === undefined) {
      await handleRequest(request, response, url);
      return;
    }
    const { body } = await readJsonBody(request);
    sendAnswer(response, control(request.method ?? '', controlled, body), {});
  }

  return {
    name: 'wildberries-simulator',
    get url() {
      return `http://${LOOPBACK}:${port}`;
    },
    async start() {
      const server = createServer((request, response) => {
        respond(request, response).catch((error: unknown) => {
          failed(error, response);
        });
      });
      port = await listenOnLoopback(server, port);
      running = { server, aborted: new AbortController() };
    },
    async stop(deadlineMs) {
      if (running === undefined) return;
      const ending = running;
      // They would never end by themselves.
      for (const response of hanging) response.destroy();
      ending.stopping ??= closeServer(ending.server, ending.aborted, deadlineMs);
      await ending.stopping;
      if (running === ending) running = undefined;
    },
    health() {
      return { status: running?.server.listening === true ? 'up' : 'down' };
    },
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    shopOf,
    faults,
    get requests() {
      return records.list;
    },
    forget: () => records.forget(),
  };

  function failed(error: unknown, response: ServerResponse): void {
    // A client that hung up, or the simulator stops: nobody is there to be told.
    if (response.destroyed || response.headersSent || running?.aborted.signal.aborted === true) {
      response.destroy();
      return;
    }
    log.error({ err: error }, `The Wildberries simulator failed: ${messageOf(error)}`);
    const answer: Answer = json({ detail: `A fault of the simulator: ${messageOf(error)}` }, 500);
    sendAnswer(response, answer, {});
  }
}
