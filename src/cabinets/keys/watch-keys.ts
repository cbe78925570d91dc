import type { Database } from '../../database/pool.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { findValidIds } from './queries.ts';

export interface KeyWatch {
  /**
   * A signal that is aborted, with `unauthorized`, soon after the key was revoked or its cabinet deleted, by whichever
   * process; and what ends the watch.
   */
  watch(keyId: number): { signal: AbortSignal; end: () => void };
}

/** How long what was opened with a key may outlive it. One small statement a process, while anything is open. */
export const KEY_CHECK_MS = 2_000;

/**
 * A key is asked about when it is shown; what goes on for long, a stream of events or an answer of a model, would not hear
 * that it was revoked meanwhile. While the database is away nobody can revoke anything, and what is open stays open.
 */
export function createKeyWatch(
  { main, log }: { main: Database; log: Log },
  { intervalMs = KEY_CHECK_MS }: { intervalMs?: number } = {},
): KeyWatch {
  const watched = new Map<number, Set<AbortController>>();
  let timer: NodeJS.Timeout | undefined;

  function schedule(): void {
    timer ??= setTimeout(() => void look(), intervalMs).unref();
  }

  async function look(): Promise<void> {
    try {
      const asked = [...watched.keys()];
      const valid = await findValidIds(main.pool, asked);
      for (const keyId of asked) {
        if (valid.has(keyId)) continue;
        for (const controller of [...(watched.get(keyId) ?? [])])
          controller.abort(new AppError('unauthorized', 'The API key was revoked.'));
      }
    } catch (error) {
      log.debug({ err: error }, `It could not be looked whether keys were revoked: ${messageOf(error)}`);
    }
    timer = undefined;
    if (watched.size > 0) schedule();
  }

  return {
    watch(keyId) {
      const controller = new AbortController();
      const ofKey = watched.get(keyId) ?? new Set();
      watched.set(keyId, ofKey.add(controller));
      schedule();
      return {
        signal: controller.signal,
        end() {
          ofKey.delete(controller);
          if (ofKey.size === 0 && watched.get(keyId) === ofKey) watched.delete(keyId);
        },
      };
    },
  };
}
