import { AppError } from '../errors.ts';
import { createFairLine, type FairLine } from '../fair-line.ts';
import type { Principal } from './context.ts';
import type { HttpLimits } from './limits.ts';

/** The operator's key is mostly used by a program that asks on behalf of many people. */
const OPERATOR_SHARE = 4;
/** An answer of the chat mostly waits for a model; what it looks up takes turns by cabinet, as all look-ups do. */
const CHATS_FOR_REQUEST = 4;

const OPERATOR = 'operator';

/** How a key is called where what it does is counted. */
export function nameOf(principal: Principal): string {
  return principal.kind === 'operator' ? OPERATOR : `key ${principal.keyId}`;
}

/** What one key may have this process do at once. Others' work goes on beside it. */
export interface KeyLines {
  requests: FairLine<string>;
  /** Messages to the chat, until their answer has ended. */
  chats: FairLine<string>;
  /** Counts an event stream until what it returns is called. Throws `too_many_streams`. */
  openStream(principal: Principal): () => void;
}

export function createKeyLines({
  requestsAtOnce,
  requestsWaiting,
  streamsAtOnce,
}: Pick<HttpLimits, 'requestsAtOnce' | 'requestsWaiting' | 'streamsAtOnce'>): KeyLines {
  const shareOf = (name: string) => (name === OPERATOR ? OPERATOR_SHARE : 1);
  const each = { permits: Infinity, waitingEach: requestsWaiting };
  const streams = new Map<string, number>();
  return {
    requests: createFairLine({ ...each, permitsEach: requestsAtOnce }, shareOf),
    chats: createFairLine({ ...each, permitsEach: requestsAtOnce * CHATS_FOR_REQUEST }, shareOf),
    openStream(principal) {
      const name = nameOf(principal);
      const most = streamsAtOnce * shareOf(name);
      const open = streams.get(name) ?? 0;
      if (open >= most)
        throw new AppError('too_many_streams', `This key has ${most} event streams open already.`);
      streams.set(name, open + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = streams.get(name)! - 1;
        if (left === 0) streams.delete(name);
        else streams.set(name, left);
      };
    },
  };
}
