import { cabinetNotFound } from '../cabinets/cabinet.ts';
import { getCabinet, listCabinets } from '../cabinets/queries.ts';
import { readOutboxLag } from '../changes/queries.ts';
import { AppError } from '../errors.ts';
import { readIndexStatuses } from '../indexing/status.ts';
import { countUnfinishedJobs, hasJobTables } from '../jobs/queries.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../jobs/queues.ts';
import { silentLog } from '../log.ts';
import { openDatabases } from './databases.ts';
import { readConfig } from './environment.ts';

/** More than anybody reads on a terminal; one of them can be asked for by its id. */
const MAX_CABINETS = 1000;

export async function status(cabinet: string | undefined, options: { json?: true }): Promise<void> {
  const only = cabinet === undefined ? undefined : parseCabinet(cabinet);
  const databases = await openDatabases(readConfig(), silentLog());
  const { main, vector } = databases;
  try {
    const outbox = await readOutboxLag(main.pool);
    const hasJobs = await hasJobTables(main.pool);
    const jobs = hasJobs ? await countUnfinishedJobs(main.pool, RAG_INDEX_QUEUE) : 0;
    const dead = hasJobs ? await countUnfinishedJobs(main.pool, RAG_INDEX_DEAD_QUEUE) : 0;
    const statuses = new Map((await readIndexStatuses(vector.pool)).map((row) => [row.cabinet_id, row]));
    const all =
      only === undefined
        ? await listCabinets(main.pool, { afterId: 0, limit: MAX_CABINETS })
        : [await getCabinet(main.pool, only)];
    const cabinets = all
      .filter((row) => row !== undefined)
      .map(({ id, name, is_active }) => ({ id, name, is_active, index: statuses.get(id) ?? null }));
    if (only !== undefined && cabinets.length === 0) {
      throw cabinetNotFound(only);
    }
    if (options.json) {
      console.log(
        JSON.stringify(
          {
            outbox: { changes: outbox.changes, oldest_seconds: outbox.oldestSeconds },
            jobs,
            dead_jobs: dead,
            cabinets,
          },
          undefined,
          2,
        ),
      );
      return;
    }
    for (const { id, name, is_active, index } of cabinets) {
      console.log(`${id}  ${name}${is_active ? '' : ' (inactive)'}`);
      console.log(
        index === null
          ? '   never indexed'
          : `   ${index.indexing_status}, ${index.total_chunks} chunks, last change indexed ${index.last_incremental_at?.toISOString() ?? 'never'}`,
      );
      if (index?.last_error) console.log(`   last error: ${index.last_error}`);
    }
    if (cabinets.length === 0) console.log('No cabinets yet.');
    const age = outbox.oldestSeconds === null ? '' : ` (oldest ${outbox.oldestSeconds.toFixed(1)} s)`;
    console.log(`Waiting: ${outbox.changes} changes${age}, ${jobs} jobs; dead jobs: ${dead}`);
  } finally {
    await databases.close();
  }
}

export function parseCabinet(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new AppError(
      'invalid_request',
      `"${text}" is not the id of a cabinet: it is a whole number, see: wb-assist status`,
    );
  return id;
}
