import type { Database } from '../../database/pool.ts';
import { shareReads } from '../../database/share-reads.ts';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { isKeyOfForm } from './cabinet-key.ts';
import { findValidKey, noteUse } from './queries.ts';

/** Whom a key stands for; undefined: it is unknown or revoked. */
export type CheckCabinetKey = (key: string) => Promise<{ keyId: number; cabinetId: number } | undefined>;

/**
 * Asks the database about every key that is shown, so that a revoked one opens nothing from that moment on, in whichever
 * process. That a key was used is written down beside the request, which neither waits for it nor fails with it.
 */
export function createCabinetKeyCheck({ main, log }: { main: Database; log: Log }): CheckCabinetKey {
  /** Concurrent requests with one key share one query, which starts after each of them came. */
  const find = shareReads((key: string) => findValidKey(main.pool, key));
  /** A burst of requests finds the same old time; one of them writes. */
  const beingNoted = new Set<number>();

  function note(keyId: number): void {
    if (beingNoted.has(keyId)) return;
    beingNoted.add(keyId);
    noteUse(main.pool, keyId)
      .catch((error: unknown) =>
        log.debug(
          { cabinet_key_id: keyId, err: error },
          `The use of a key was not noted: ${messageOf(error)}`,
        ),
      )
      .finally(() => beingNoted.delete(keyId));
  }

  return async (key) => {
    if (!isKeyOfForm(key)) return undefined;
    const found = await find(key);
    if (found === undefined) return undefined;
    if (found.isUseOld) note(found.id);
    return { keyId: found.id, cabinetId: found.cabinetId };
  };
}
