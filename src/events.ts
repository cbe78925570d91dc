import { EventEmitter } from 'node:events';
import { messageOf } from './errors.ts';
import type { ChangedIds, SourceName } from './source-tables.ts';

/** What was claimed of one cabinet at once, each row counted once. */
export interface ClaimedChanges {
  cabinetId: number;
  /** Undefined: the whole cabinet has to be compared. */
  rows: Partial<Record<SourceName, number>> | undefined;
  renamedProducts: number;
  oldestCapturedAt: Date;
}

/**
 * What the parts tell the rest of the process as it happens: for the demo's timeline, for tests that wait for a signal
 * instead of sleeping, and for anyone who wants to watch. Nothing depends on somebody listening.
 */
export interface AppEvents {
  /** The listener claimed outbox rows. */
  changesClaimed: [event: { changes: number; oldestCapturedAt: Date; cabinets: readonly ClaimedChanges[] }];
  /** The transaction that turned changes into a job committed. `changedIds` undefined: the whole cabinet. */
  jobCreated: [event: { cabinetId: number; jobId: string; changedIds: ChangedIds | undefined }];
  /** A sync with Wildberries began; one that goes on is not announced again. */
  syncStarted: [event: { cabinetId: number; runId: string; trigger: string }];
  /** `durationMs`: since it began, the time that it waited for limits included. */
  syncEnded: [event: { cabinetId: number; runId: string; status: string; durationMs: number }];
  runStarted: [event: { cabinetId: number; jobId: string; changedIds: ChangedIds | undefined }];
  /** One batch of vectors is committed, so its chunks are searchable. */
  batchSaved: [event: { cabinetId: number; jobId: string; chunks: number }];
  /** A full rebuild began, or did a slice after which it goes on. */
  rebuildProgress: [
    event: {
      cabinetId: number;
      rebuildId: string;
      status: 'started' | 'running';
      rowsDone: number;
      rowsTotal: number | null;
    },
  ];
  runEnded: [
    event: RunFigures & {
      cabinetId: number;
      jobId: string;
      status: 'completed' | 'waiting' | 'failed' | 'abandoned';
      durationMs: number;
    },
  ];
  /** One job of a full rebuild, which is done in slices; the figures are this slice's own. */
  rebuildSliceEnded: [
    event: RunFigures & {
      cabinetId: number;
      jobId: string;
      rebuildId: string;
      status: 'more' | 'completed' | 'superseded' | 'waiting' | 'failed';
      durationMs: number;
    },
  ];
  /**
   * A full rebuild is over. `rowsTotal`: null when they were never counted. `cabinetGone`: the cabinet is deleted, so all there
   * was to do was to delete its index. `durationMs`: since its first slice began, in whichever process.
   */
  rebuildEnded: [
    event: {
      cabinetId: number;
      rebuildId: string;
      status: 'completed' | 'failed';
      rowsDone: number;
      rowsTotal: number | null;
      cabinetGone: boolean;
      durationMs: number;
    },
  ];
  /** A handler has ended. `cut_off`: its process had to stop, or its database was away; the job runs again. */
  jobEnded: [event: { queue: string; outcome: 'done' | 'buried' | 'cut_off'; durationMs: number }];
  /**
   * One HTTP request to an embedding provider, whatever it was for. `outcome`: `ok` or the class of the fault. Tokens are
   * the provider's own count where it gives one; `costUsd` is 0 where the price is not known.
   */
  embeddingRequestEnded: [
    event: {
      model: string;
      outcome: 'ok' | ProviderFaultClass;
      tokens: number;
      costUsd: number;
      durationMs: number;
    },
  ];
  /** Texts are about to be sent again, after a fault of this class. */
  embeddingRetried: [event: { model: string; fault: ProviderFaultClass }];
  /** One HTTP request to the language model of the chat; as with embeddings. */
  chatRequestEnded: [
    event: {
      model: string;
      outcome: 'ok' | ProviderFaultClass;
      promptTokens: number;
      completionTokens: number;
      costUsd: number;
      durationMs: number;
    },
  ];
  /** `status`: undefined when Wildberries gave no answer. `endpoint`: a name of `wildberries/endpoints.ts`. */
  wbRequestEnded: [event: { endpoint: string; status: number | undefined; durationMs: number }];
  /** `outcome`: `ok`, or who is to blame: the request, a part that is not available, or the program. */
  searchEnded: [event: { outcome: SearchOutcome; hits: number; durationMs: number }];
  /**
   * A message of the chat is dealt with, or was given up. `answeredBy`: of outcome `ok` alone. `notices`: the codes of what
   * the answer had to say of itself. `durationMs`: from the message to its whole answer.
   */
  chatEnded: [
    event: {
      outcome: ChatOutcome;
      answeredBy: 'model' | 'plain' | undefined;
      durationMs: number;
      notices: readonly string[];
    },
  ];
  /** `tool`: the name of an analytics function. */
  chatToolEnded: [event: { tool: string; outcome: 'ok' | 'failed' }];
  /** `route`: the template, `/v1/rag/status/{cabinet_id}`; undefined: none matched. */
  httpRequestEnded: [
    event: { route: string | undefined; method: string; status: number; durationMs: number },
  ];
}

/** What a run of the indexer, or a slice of a full rebuild, did. Milliseconds of wall-clock time by phase. */
export interface RunFigures {
  chunksNew: number;
  chunksUpdated: number;
  chunksSkipped: number;
  chunksDeleted: number;
  chunksRejected: number;
  embeddingsReused: number;
  readMs: number;
  embedMs: number;
  saveMs: number;
}

export const PROVIDER_FAULT_CLASSES = [
  'rate_limited', // 429
  'server_error', // 5xx, 408, 409, 425
  'timeout',
  'network',
  'invalid_answer', // a 2xx that does not hold what was asked for
  'input', // what was sent is refused; of texts to embed, the culprit is looked for
  'settings', // key, model, address, quota, billing
  'aborted', // by this process
] as const;
export type ProviderFaultClass = (typeof PROVIDER_FAULT_CLASSES)[number];

export const SEARCH_OUTCOMES = ['ok', 'refused', 'unavailable', 'failed', 'aborted'] as const;
export type SearchOutcome = (typeof SEARCH_OUTCOMES)[number];

export const CHAT_OUTCOMES = [
  'ok',
  'refused', // the message cannot be answered as it is: malformed, no such conversation
  'limited', // DAILY_LIMIT
  'failed',
  'aborted', // whoever asked hung up, or the process stopped
] as const;
export type ChatOutcome = (typeof CHAT_OUTCOMES)[number];

export type Events = EventEmitter<AppEvents>;

/**
 * An emitter whose listeners cannot hurt the work that they are told of: what one throws is reported and goes no further.
 *
 * @param onListenerError by default a warning of the process
 */
export function createEvents(
  onListenerError: (error: unknown) => void = (error) =>
    process.emitWarning(`A listener of an event failed: ${messageOf(error)}`),
): Events {
  return new SafeEmitter(onListenerError) as unknown as Events;
}

class SafeEmitter extends EventEmitter {
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void) {
    super();
    this.#onListenerError = onListenerError;
  }

  override emit(name: string | symbol, ...parameters: unknown[]): boolean {
    // Raw ones: those of `once` take themselves off when they are called.
    const listeners = this.rawListeners(name) as ((...given: unknown[]) => unknown)[];
    for (const listener of listeners) {
      try {
        Reflect.apply(listener, this, parameters);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
    return listeners.length > 0;
  }
}
