import { messageOf } from '../../errors.ts';

/**
 * `unreachable`: no connection, so the request certainly never left. `broken`: the connection ended before the headers.
 * `timeout`: silence. `cut_off`: it ended within the body.
 */
export type NetworkFault = 'unreachable' | 'broken' | 'timeout' | 'cut_off';

/** A request that got no answer, or half of one. */
export class NoAnswer extends Error {
  readonly kind: NetworkFault;
  constructor(kind: NetworkFault, reason: string) {
    super(reason);
    this.name = 'NoAnswer';
    this.kind = kind;
  }
}

/** Codes that occur only while a connection is made, before anything of the request is sent. */
const CONNECT_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT']);

/** What fetch threw. Its own messages ("fetch failed", "terminated") say nothing; their causes do. */
export function faultOf(error: unknown, phase: 'headers' | 'body'): NoAnswer {
  const reason = innermostMessage(error);
  if (phase === 'body') return new NoAnswer('cut_off', `the answer broke off (${reason})`);
  return isUnsent(error) ? new NoAnswer('unreachable', reason) : new NoAnswer('broken', reason);
}

function isUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isUnsent);
  if ('code' in error && typeof error.code === 'string') return CONNECT_CODES.has(error.code);
  return error.cause !== undefined && isUnsent(error.cause);
}

function innermostMessage(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  return messageOf(inner);
}
