import { setTimeout as delay } from 'node:timers/promises';
import type { RunningApp } from '../../app.ts';
import { AppError } from '../../errors.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import type { ApiClient, FoundChunk } from './api-client.ts';
import type { TimelineRecorder } from './timeline.ts';

/** What the steps of the demo play on. */
export interface Stage {
  app: RunningApp;
  api: ApiClient;
  timeline: TimelineRecorder;
  simulator: Simulator;
  cabinetId: number;
  startedAt: Date;
}

/** A step that has not happened by then did not happen. */
const STEP_TIMEOUT_MS = 20_000;

export async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + STEP_TIMEOUT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end)
      throw new AppError('internal', `waited ${STEP_TIMEOUT_MS / 1000} s in vain until ${what}`);
    await delay(2);
  }
}

export function inShort(hit: FoundChunk): string {
  return `${hit.source_table} ${hit.source_id} (${hit.similarity.toFixed(2)}): ${hit.text.split('\n').slice(0, 6).join('; ')}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

export function say(line: string): void {
  console.log(line);
}
