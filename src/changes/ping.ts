import { hostname } from 'node:os';
import type { Executor } from '../database/pool.ts';
import { notifyChannel } from './queries.ts';

/** The channel that the capture triggers notify (migrations/011_capture_changes.sql). */
export const CHANNEL = 'rag_changes';

/** Where listeners answer a ping. Nobody else speaks there. */
export const PONG_CHANNEL = 'rag_pong';

const PING = /^ping:([0-9a-f-]{36})$/;

/** What is sent on `CHANNEL` to have every listener that hears it say so. */
export function pingOf(id: string): string {
  return `ping:${id}`;
}

/**
 * Answers a ping with its id and who this is, `<id> <host>:<pid>`; whether it was one. An answer that cannot be sent is
 * missed by whoever asked, and that is what they wanted to know.
 */
export function answerPing(executor: Executor, payload: unknown): boolean {
  const id = typeof payload === 'string' ? PING.exec(payload)?.[1] : undefined;
  if (id === undefined) return false;
  const answer = `${id} ${hostname()}:${process.pid}`;
  void notifyChannel(executor, PONG_CHANNEL, answer).catch(() => undefined);
  return true;
}
