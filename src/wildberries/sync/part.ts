import type pg from 'pg';
import type { Executor } from '../../database/pool.ts';
import type { Log } from '../../log.ts';
import type { RowProblem, WbClient } from '../client/client.ts';
import type { WriteCounts } from './parts/upsert.ts';

export interface SaveOptions {
  /** Rows that Wildberries gave, usable or not. */
  processed?: number;
  problems?: readonly RowProblem[];
  /** Unless false, these rows are a page: when most of them are of no use, no cursor moves any more, and the part fails. */
  isWholePage?: boolean;
  /** Cursors that outlive the run, by name. */
  cursors?: Readonly<Record<string, unknown>>;
  /** Where to go on inside this run. */
  position?: unknown;
}

/** What a part works with. Each save is one transaction under the lease, so that rows and cursor always match. */
export interface PartContext {
  readonly cabinetId: number;
  readonly client: WbClient;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** For reading only. */
  readonly executor: Executor;
  /** As it was saved last inside this run; `undefined` at its beginning. */
  readonly position: unknown;
  readCursor(name: string): Promise<unknown>;
  save(write: (client: pg.PoolClient) => Promise<WriteCounts>, options?: SaveOptions): Promise<void>;
}

/** `retryAfterMs`: it has to wait for something that is being made; its position says where it goes on. */
export type PartResult = { done: true } | { done: false; retryAfterMs: number; reason: string };

export const DONE: PartResult = { done: true };
