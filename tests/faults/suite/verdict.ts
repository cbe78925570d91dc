import pg from 'pg';
import { readOutboxLag } from '../../../src/changes/queries.ts';
import { messageOf } from '../../../src/errors.ts';
import { readOpenRebuilds } from '../../../src/indexing/rebuild/queries.ts';
import { countUnfinishedJobs } from '../../../src/jobs/queries.ts';
import { RAG_INDEX_DEAD_QUEUE, RAG_INDEX_QUEUE } from '../../../src/jobs/queues.ts';
import type { FakeOpenAI } from '../../helpers/fake-openai.ts';
import {
  assertStatusIsTrue,
  compareIndex,
  describeDifferences,
  type IndexDifferences,
} from '../../helpers/oracle.ts';
import { until } from '../../helpers/until.ts';
import { isRefusedText } from './provider-faults.ts';
import type { Site } from './site.ts';

export interface Verdict {
  /** Milliseconds until there was nothing left to do. */
  quietAfterMs: number;
  counts: Record<keyof IndexDifferences, number>;
  chunks: number;
  /** Texts for a person; empty when all is well. */
  findings: string[];
}

const WINDOW_DAYS = 90;

/** Runs `work` with a pool on each of the two databases, by the direct way. */
export async function withPools<T>(
  main: Site,
  vector: Site,
  work: (mainPool: pg.Pool, vectorPool: pg.Pool) => Promise<T>,
): Promise<T> {
  const pools = [main, vector].map(({ cluster }) => {
    const pool = new pg.Pool({ connectionString: cluster.url('admin'), max: 2, query_timeout: 30_000 });
    pool.on('error', () => undefined);
    return pool;
  });
  try {
    return await work(pools[0]!, pools[1]!);
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
  }
}

/** How the index differs from what the rows call for. */
export function compareWithOracle(
  openai: FakeOpenAI,
  mainPool: pg.Pool,
  vectorPool: pg.Pool,
  model: string,
): Promise<IndexDifferences> {
  return compareIndex(mainPool, vectorPool, {
    windowDays: WINDOW_DAYS,
    model,
    embed: (texts) => texts.map((text) => openai.vectorOf(text)),
    refuses: isRefusedText,
  });
}

/** Waits until outbox and queue are empty, then holds the whole index against the oracle. */
export async function judge(
  { main, vector, openai }: { main: Site; vector: Site; openai: FakeOpenAI },
  limitMs: number,
): Promise<Verdict> {
  return withPools(main, vector, async (mainPool, vectorPool) => {
    const findings: string[] = [];
    const started = performance.now();
    await until(
      'the outbox and the queue are empty, and no rebuild is open',
      async () =>
        (await readOutboxLag(mainPool)).changes === 0 &&
        (await countUnfinishedJobs(mainPool, RAG_INDEX_QUEUE)) === 0 &&
        (await readOpenRebuilds(vectorPool)).length === 0,
      limitMs,
    ).catch(async (error: unknown) => {
      const { rows } = await mainPool.query(
        `select count(*) over ()::int as unfinished, state, singleton_key, start_after, retry_count, heartbeat_on, started_on, now()
         from pgboss.job where name = $1 and state < 'completed' order by state desc limit 5`,
        [RAG_INDEX_QUEUE],
      );
      findings.push(`${messageOf(error)}: ${JSON.stringify(rows)}`);
    });
    const quietAfterMs = performance.now() - started;

    const { rows: failed } = await vectorPool.query(
      `select cabinet_id, error from rag_rebuilds where status = 'failed'`,
    );
    if (failed.length > 0)
      findings.push(`${failed.length} rebuilds were given up: ${JSON.stringify(failed)}`);
    const { rows: models } = await vectorPool.query<{ model: string }>(
      'select distinct model from rag_embeddings',
    );
    if (models.length !== 1) findings.push(`there are vectors of ${models.length} models`);
    const differences = await compareWithOracle(openai, mainPool, vectorPool, models[0]?.model ?? '');
    const account = describeDifferences(differences);
    if (account !== '') findings.push(account);
    await assertStatusIsTrue(mainPool, vectorPool).catch((error: unknown) => {
      findings.push(messageOf(error));
    });
    const dead = await countUnfinishedJobs(mainPool, RAG_INDEX_DEAD_QUEUE);
    if (dead > 0) {
      const { rows } = await mainPool.query('select output, data from pgboss.job where name = $1 limit 3', [
        RAG_INDEX_DEAD_QUEUE,
      ]);
      findings.push(`${dead} jobs are in the dead letters: ${JSON.stringify(rows)}`);
    }
    const { rows: total } = await vectorPool.query<{ chunks: number }>(
      'select count(*)::int as chunks from rag_metadata',
    );
    const counts = Object.fromEntries(
      Object.entries(differences).map(([kind, list]) => [kind, (list as unknown[]).length]),
    ) as Verdict['counts'];
    return { quietAfterMs, counts, chunks: total[0]!.chunks, findings };
  });
}
