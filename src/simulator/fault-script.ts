import type { SimulatedEndpoint } from './routes.ts';

export const FAULT_KINDS = [
  '429',
  '500',
  '503',
  '401',
  '402',
  '403',
  '404',
  'timeout',
  'cut',
  'truncate',
  'html',
  'error-envelope',
  'malformed-row',
  'global-limit',
  'slow',
] as const;
/** `rewrite`: for whoever runs the simulator in the same process, as it takes a function. */
export type FaultKind = (typeof FAULT_KINDS)[number] | 'rewrite';

/** What goes wrong, and where; without a place, everywhere. */
export interface Fault {
  endpoint?: SimulatedEndpoint;
  sellerId?: string;
  kind: FaultKind;
  /** For so many requests; 1 unless told, `Infinity` until it is cleared. */
  times?: number;
  /** Lets so many matching requests pass first. */
  after?: number;
  /** Of `429` (1 unless told) and `global-limit` (60): requests before that are refused as well. */
  retryAfterSeconds?: number;
  /** For `slow`: the delay; 1000 by default. */
  delayMs?: number;
  /** Of `rewrite`: makes another body of that of a success; a text goes out as it is. */
  rewrite?: (body: unknown) => unknown;
}

export interface FaultHandle {
  readonly fault: Fault;
  /** The requests that the fault hit. */
  readonly hits: number;
  /** Of `malformed-row`: the rows as they would have been. */
  readonly spoiledRows: readonly unknown[];
}

export interface FaultScript {
  /** Each request is struck by the first fault that was added and still applies. */
  add(fault: Fault): FaultHandle;
  clear(): void;
  readonly active: readonly FaultHandle[];
}

export interface ActiveFault extends FaultHandle {
  hits: number;
  spoiledRows: unknown[];
  toSkip: number;
}

export interface FaultPicker extends FaultScript {
  /** The fault that strikes this request, counted; `applies` may say that a kind has nothing to strike at. */
  take(
    endpoint: SimulatedEndpoint,
    sellerId: string,
    applies: (kind: FaultKind) => boolean,
  ): ActiveFault | undefined;
}

export function createFaultScript(): FaultPicker {
  let faults: ActiveFault[] = [];
  return {
    add(fault) {
      const active: ActiveFault = { fault, hits: 0, spoiledRows: [], toSkip: fault.after ?? 0 };
      faults.push(active);
      return active;
    },
    clear() {
      faults = [];
    },
    get active() {
      return faults.filter(isActive);
    },
    take(endpoint, sellerId, applies) {
      for (const active of faults) {
        const { fault } = active;
        if (!isActive(active) || !applies(fault.kind)) continue;
        if (fault.endpoint !== undefined && fault.endpoint !== endpoint) continue;
        if (fault.sellerId !== undefined && fault.sellerId !== sellerId) continue;
        if (active.toSkip > 0) {
          active.toSkip--;
          continue;
        }
        active.hits++;
        return active;
      }
      return undefined;
    },
  };
}

function isActive({ fault, hits }: ActiveFault): boolean {
  return hits < (fault.times ?? 1);
}
