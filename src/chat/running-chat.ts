import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '../lifecycle.ts';
import type { Chat } from './chat.ts';

export interface RunningChat extends Chat, Service {}

/**
 * A chat that knows what it is at. Started before the server, it stops after it: whoever could still hear an answer has it by
 * then. What is at work nevertheless was cut off, and gets the time to take back that it was counted.
 */
export function createRunningChat(chat: Chat): RunningChat {
  const answering = new Map<Promise<unknown>, AbortController>();
  let isStopped = false;

  return {
    name: 'chat',
    async send(request, { signal, onEvent } = {}) {
      const stop = new AbortController();
      if (isStopped) stop.abort();
      const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
      const answer = chat.send(request, { signal: either, onEvent });
      answering.set(answer, stop);
      try {
        return await answer;
      } finally {
        answering.delete(answer);
      }
    },
    start: () => Promise.resolve(),
    async stop(deadlineMs) {
      isStopped = true;
      for (const stop of answering.values()) stop.abort();
      const timer = new AbortController();
      const late = delay(deadlineMs, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([Promise.allSettled(answering.keys()), late]);
      timer.abort();
    },
    health() {
      return { status: isStopped ? 'down' : 'up', answering: answering.size };
    },
  };
}
