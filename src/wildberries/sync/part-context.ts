import type { Database } from '../../database/pool.ts';
import type { Log } from '../../log.ts';
import type { WbClient } from '../client/client.ts';
import { writeUnderSyncLease, type SyncLease } from './lease.ts';
import type { PartContext } from './part.ts';
import { addToPart, readCursor, recordRejects, saveCursor } from './queries.ts';
import type { PartLog, SyncRun } from './sync-run.ts';

export interface PartContextDeps {
  main: Database;
  lease: SyncLease;
  run: SyncRun;
  part: PartLog;
  client: WbClient;
  signal: AbortSignal;
  log: Log;
  /** Called after each save that moves the place where the part would go on. */
  onFurther(): void;
}

export function createPartContext(deps: PartContextDeps): PartContext {
  const { main, lease, run, part, client, signal, log } = deps;
  let position: unknown = part.position ?? undefined;
  return {
    cabinetId: lease.cabinetId,
    client,
    signal,
    log,
    executor: main.pool,
    get position() {
      return position;
    },
    readCursor: (name) => readCursor(main.pool, lease.cabinetId, name),
    async save(write, options = {}) {
      const { processed = 0, problems = [], cursors = {} } = options;
      // Rows alone do not count: they would come again, and an answer that always breaks off has some each time.
      const isFurther = 'position' in options || Object.keys(cursors).length > 0;
      signal.throwIfAborted();
      await writeUnderSyncLease(main, lease, async (tx) => {
        const written = await write(tx);
        for (const [name, cursor] of Object.entries(cursors))
          await saveCursor(tx, lease.cabinetId, name, cursor);
        if (problems.length > 0) await recordRejects(tx, lease.cabinetId, part.part, problems);
        const counts = { ...written, processed, errors: problems.length };
        await addToPart(
          tx,
          run.id,
          part.part,
          counts,
          'position' in options ? { value: options.position } : undefined,
          isFurther,
        );
      });
      if ('position' in options) position = options.position;
      for (const { key, field, reason } of problems.slice(0, 3)) {
        log.warn(
          { cabinetId: lease.cabinetId, part: part.part, key, field },
          `WB sync of ${part.part}: row ${key ?? '(without a key)'} is skipped: ${field} ${reason}`,
        );
      }
      if (isFurther) deps.onFurther();
    },
  };
}
