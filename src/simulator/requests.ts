import type { TokenType } from '../wildberries/token.ts';
import type { FaultKind } from './fault-script.ts';
import type { SimulatedEndpoint } from './routes.ts';

/** A request that came in, and what became of it. */
export interface RecordedRequest {
  /** Real time of arrival. */
  readonly time: Date;
  readonly method: string;
  readonly path: string;
  readonly endpoint: SimulatedEndpoint | 'unknown';
  readonly query: Readonly<Record<string, string>>;
  /** As sent, when it is JSON and short; otherwise its first characters. */
  readonly body: unknown;
  readonly sellerId: string | undefined;
  readonly tokenType: TokenType | undefined;
  /** `undefined` until there is an answer, and for good when there is none. */
  readonly status: number | undefined;
  /** It came when its limit was used up, or before the wait of an earlier 429 was over. */
  readonly early: boolean;
  readonly fault: FaultKind | undefined;
}

export type OpenRecord = { -readonly [Field in keyof RecordedRequest]: RecordedRequest[Field] };

export interface RequestCounts {
  requests: number;
  early: number;
  /** By status; `none` where there was no answer. */
  statuses: Record<string, number>;
}

export interface RequestRecords {
  readonly list: readonly RecordedRequest[];
  open(request: Pick<RecordedRequest, 'method' | 'path' | 'endpoint' | 'query'>): OpenRecord;
  count(): Record<string, RequestCounts>;
  forget(): void;
}

/** The latest that are kept: a simulator may run for days. */
const MAX_RECORDS = 20_000;
const MAX_BODY_CHARS = 2000;

export function createRequestRecords(): RequestRecords {
  const list: OpenRecord[] = [];
  return {
    list,
    open(request) {
      const nothingYet = { sellerId: undefined, tokenType: undefined, status: undefined, fault: undefined };
      const record: OpenRecord = {
        time: new Date(),
        ...request,
        body: undefined,
        ...nothingYet,
        early: false,
      };
      list.push(record);
      if (list.length > MAX_RECORDS) list.splice(0, MAX_RECORDS / 10);
      return record;
    },
    count() {
      const counts: Record<string, RequestCounts> = {};
      for (const { endpoint, early, status } of list) {
        const of = (counts[endpoint] ??= { requests: 0, early: 0, statuses: {} });
        of.requests++;
        if (early) of.early++;
        const key = String(status ?? 'none');
        of.statuses[key] = (of.statuses[key] ?? 0) + 1;
      }
      return counts;
    },
    forget() {
      list.length = 0;
    },
  };
}

export function summarizeBody(text: string, parsed: unknown): unknown {
  if (text === '') return undefined;
  return parsed === undefined || text.length > MAX_BODY_CHARS ? text.slice(0, MAX_BODY_CHARS) : parsed;
}
