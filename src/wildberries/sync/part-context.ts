import { z } from 'zod';
import type { Database } from '../../database/pool.ts';
import { AppError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { WbClient } from '../client/client.ts';
import { writeUnderSyncLease, type SyncLease } from './lease.ts';
import type { PartContext } from './part.ts';
import { judgePage } from './refused-page.ts';
import { addToPart, readCursor, saveCursor } from './queries.ts';
import { recordRejects } from './rejects-queries.ts';
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

/** Stored with the position of a part: why the part will fail when it ends, in case it has to wait before that. */
const positionSchema = z.object({ refusal: z.string() });

/**
 * `refusal`: most of a page was of no use. The part reads on, so that what is of use is stored, and fails at its end; its
 * cursors stay where they were.
 */
export function createPartContext(
  deps: PartContextDeps,
): PartContext & { readonly refusal: AppError | undefined } {
  const { main, lease, run, part, client, signal, log } = deps;
  let position: unknown = part.position ?? undefined;
  const saved = positionSchema.safeParse(position).data;
  let refusal = saved && new AppError('wb_rejected', saved.refusal);
  return {
    get refusal() {
      return refusal;
    },
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
      const { processed = 0, problems = [], isWholePage = true } = options;
      if (isWholePage) refusal ??= judgePage(part.part, processed, problems.length, problems[0]);
      const cursors = refusal === undefined ? (options.cursors ?? {}) : {};
      const next =
        'position' in options && refusal !== undefined
          ? { ...(options.position ?? {}), refusal: refusal.message }
          : options.position;
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
          'position' in options ? { value: next } : undefined,
          isFurther,
        );
      });
      if ('position' in options) position = next;
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
