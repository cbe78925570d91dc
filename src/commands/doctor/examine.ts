import { schedulesOf } from '../../app.ts';
import { createConfiguredEmbedders } from '../../embedding/configured.ts';
import type { Config } from '../../config.ts';
import { createDatabase } from '../../database/pool.ts';
import { toDatabaseError } from '../../database/sqlstate.ts';
import type { Embedders } from '../../embedding/embedders.ts';
import { messageOf } from '../../errors.ts';
import { createJobs, type Jobs } from '../../jobs/jobs.ts';
import type { Log } from '../../log.ts';
import type { DatabaseUrls } from '../databases.ts';
import { checkCoverage } from './check-coverage.ts';
import { checkMainDatabase, checkVectorDatabase, checkVectorExtension } from './check-databases.ts';
import { checkEmbeddings } from './check-embeddings.ts';
import { checkListener } from './check-listener.ts';
import { checkMainMigrations, checkVectorMigrations } from './check-migrations.ts';
import { checkQueues, checkSchedules } from './check-queues.ts';
import { checkRebuilds } from './check-rebuilds.ts';
import { checkUnusableRows } from './check-sync.ts';
import { checkTokens } from './check-tokens.ts';
import { checkTriggers } from './check-triggers.ts';
import { checkOutbox, checkRefusedRows, checkWork, checkWorker } from './check-work.ts';
import type { Check, Examination, Finding } from './finding.ts';
import { mend } from './mend.ts';

/** In the order in which one rests on the other. */
export const CHECKS: readonly Check[] = [
  checkMainDatabase,
  checkVectorDatabase,
  checkVectorExtension,
  checkMainMigrations,
  checkVectorMigrations,
  checkTriggers,
  checkTokens,
  checkQueues,
  checkSchedules,
  checkWorker,
  checkWork,
  checkListener,
  checkEmbeddings,
  checkUnusableRows,
  checkOutbox,
  checkRebuilds,
  checkRefusedRows,
  checkCoverage,
];

export interface ExamineOptions {
  repair: boolean;
  /** All of them unless told. */
  checks?: readonly Check[];
  cabinetId?: number | undefined;
  /** How long a listener has to answer; for tests. */
  answerMs?: number;
  /** Hears the findings of each check as soon as they are there. */
  onFindings: (findings: readonly Finding[]) => void;
  /** Hears what is about to be done, before it is. */
  onRepair: (what: string) => void;
  progress: (line: string) => void;
}

/** Makes every check, one after the other, and mends what can be mended when asked to. Never throws because of one. */
export async function examine(
  config: Config,
  urls: Pick<DatabaseUrls, 'main' | 'vector'>,
  log: Log,
  options: ExamineOptions,
): Promise<Finding[]> {
  const { examination, close } = createExamination(config, urls, log, options);
  const findings: Finding[] = [];
  try {
    for (const check of options.checks ?? CHECKS) {
      const found = await runCheck(check, examination);
      const said = options.repair
        ? await mend(check, found, () => runCheck(check, examination), options.onRepair)
        : found;
      options.onFindings(said);
      findings.push(...said);
    }
    return findings;
  } finally {
    await close();
  }
}

async function runCheck({ name: check, needs, run }: Check, examination: Examination): Promise<Finding[]> {
  const missing = needs.find((prerequisite) => !examination.available.has(prerequisite));
  if (missing !== undefined) {
    const detail = missing.endsWith('schema')
      ? `not checked: the migrations of the ${missing.replace(' schema', '')} database are not those of this version`
      : `not checked: the ${missing} database is not there`;
    return [{ check, status: 'not_checked', detail }];
  }
  try {
    return await run(examination);
  } catch (error) {
    const { main, vector } = examination;
    const database = needs.some((prerequisite) => prerequisite.startsWith('main')) ? main : vector;
    const detail = `could not be checked: ${messageOf(toDatabaseError(error, database.label))}`;
    return [{ check, status: 'failed', detail, remedy: 'Mend that, then run: npx wb-assist doctor' }];
  }
}

const STOP_MS = 5_000;
/** A listener answers within milliseconds, a busy one too. */
const ANSWER_MS = 3_000;

function createExamination(
  config: Config,
  urls: Pick<DatabaseUrls, 'main' | 'vector'>,
  log: Log,
  { cabinetId, progress, answerMs = ANSWER_MS }: ExamineOptions,
): { examination: Examination; close: () => Promise<void> } {
  const connect = (variable: 'DATABASE_URL' | 'RAG_DATABASE_URL', connectionString: string) =>
    createDatabase({
      variable,
      connectionString,
      maxConnections: 2,
      applicationName: 'wb-assist doctor',
      log,
    });
  const main = connect('DATABASE_URL', urls.main);
  const vector = urls.vector === urls.main ? main : connect('RAG_DATABASE_URL', urls.vector);
  let embedders: Embedders | undefined;
  let jobs: Promise<Jobs> | undefined;
  const startJobs = async () => {
    const schedules = schedulesOf(config);
    const started = createJobs({
      connectionString: urls.main,
      maxConnections: 2,
      supervise: false,
      schedules,
      log,
    });
    await started.start();
    return started;
  };
  const embedded = config.DATABASE_URL === undefined;
  return {
    examination: {
      ...{ config, log, embedded, main, vector, cabinetId, answerMs, progress, available: new Set() },
      embedders: () => (embedders ??= createConfiguredEmbedders(config, log)),
      jobs: () => (jobs ??= startJobs()),
    },
    async close() {
      const started = await jobs?.catch(() => undefined);
      await started?.stop(STOP_MS);
      await Promise.all([...new Set([main, vector])].map((database) => database.close()));
    },
  };
}
