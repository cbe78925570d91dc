import assert from 'node:assert/strict';
import { examine, type ExamineOptions } from '../../src/commands/doctor/examine.ts';
import type { Finding } from '../../src/commands/doctor/finding.ts';
import { loadConfig } from '../../src/load-config.ts';
import { silentLog } from '../../src/log.ts';
import { TEST_TOKEN_KEY } from '../helpers/token-vault.ts';

export interface Visit {
  readonly findings: readonly Finding[];
  /** Those that are not ok, as `<status> <check>: <detail>`. */
  readonly complaints: readonly string[];
  /** The only one that is not ok; fails when there are none or more. */
  readonly only: () => Finding;
  readonly of: (check: string) => readonly Finding[];
}

export interface VisitOptions extends Partial<ExamineOptions> {
  env?: Readonly<Record<string, string>>;
  vectorDatabaseUrl?: string;
}

/** What the doctor finds, in this process, by the configuration that the tests' service has. */
export async function visit(databaseUrl: string, options: VisitOptions = {}): Promise<Visit> {
  const { env, vectorDatabaseUrl = databaseUrl, ...rest } = options;
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    WB_SYNC_INTERVAL_MINUTES: '0',
    WB_TOKEN_KEY: TEST_TOKEN_KEY,
    ...env,
  });
  const ignore = () => undefined;
  const urls = { main: databaseUrl, vector: vectorDatabaseUrl };
  const findings = await examine(config, urls, silentLog(), {
    // Nobody waits for the listeners of tests that have none.
    answerMs: 1_000,
    ...{ repair: false, onFindings: ignore, onRepair: ignore, progress: ignore },
    ...rest,
  });
  const complaints = findings
    .filter(({ status }) => status !== 'ok')
    .map(({ status, check, detail }) => `${status} ${check}: ${detail}`);
  return {
    findings,
    complaints,
    only() {
      assert.equal(complaints.length, 1, complaints.join('\n'));
      return findings.find(({ status }) => status !== 'ok')!;
    },
    of: (check) => findings.filter((finding) => finding.check === check),
  };
}
