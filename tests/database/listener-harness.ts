import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createEvents, type Events } from '../../src/events.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { RAG_INDEX_QUEUE, type RagIndexPayload } from '../../src/jobs/queues.ts';
import { createLog, type Log } from '../../src/log.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

export interface ListenerHarness {
  readonly database: TestDatabase;
  readonly main: Database;
  readonly jobs: Jobs;
  readonly events: Events;
  readonly log: Log;
  /** Texts of the log's lines, oldest first. */
  readonly lines: string[];
  /** What waits in `rag-index`, oldest first; it is gone from there afterwards. */
  readonly takeJobs: () => Promise<RagIndexPayload[]>;
  readonly close: () => Promise<void>;
}

/** A database with the job queue that a listener hands changes over to, and nobody who works the jobs. */
export async function createListenerHarness(): Promise<ListenerHarness> {
  const database = await createTestDatabase();
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    format: 'json',
    destination: { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  });
  const { connectionString } = database;
  const jobs = createJobs({ connectionString, maxConnections: 3, supervise: false, schedules: [], log });
  await jobs.start();
  const main = createDatabase({
    variable: 'DATABASE_URL',
    connectionString,
    maxConnections: 6,
    applicationName: 'wb-assist listener test',
    log,
  });
  return {
    database,
    main,
    jobs,
    events: createEvents(),
    log,
    lines,
    async takeJobs() {
      const { rows } = await database.pool.query<{ data: RagIndexPayload; id: string }>(
        `delete from pgboss.job where name = $1 and state = 'created' returning data, id, created_on`,
        [RAG_INDEX_QUEUE],
      );
      return rows.map((row) => row.data);
    },
    async close() {
      await jobs.stop(5_000);
      await main.close();
      await database.drop();
    },
  };
}

/** `<source> <id>` of every changed id of the payloads, sorted; an id that stands there twice is there twice. */
export function changedRows(payloads: readonly RagIndexPayload[]): string[] {
  return payloads
    .flatMap(({ changed_ids }) => Object.entries(changed_ids ?? {}))
    .flatMap(([source, ids]) => ids.map((id) => `${source} ${id}`))
    .sort();
}
