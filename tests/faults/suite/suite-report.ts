import type { Verdict } from './verdict.ts';
import type { WriterReport } from './writers.ts';

/** What came of one run of the suite. */
export interface SuiteReport {
  seed: number;
  seconds: number;
  faults: Map<string, number>;
  providerFaults: ReadonlyMap<string, number>;
  writes: WriterReport;
  /** Starts of processes that failed because a database was away. */
  failedStarts: number;
  /** What others than the writers did, by actor. */
  actors: Map<string, number>;
  embeddingRequests: number;
  longestRecoveryMs: number;
  slowestFault: string;
  longestHoldUpMs: number;
  holdUpSamples: number;
  /** SQLSTATEs that the program met, by database. */
  errors: Map<string, Map<string, number>>;
  verdict: Verdict | undefined;
  /** Breakages that the checker did not see; `undefined` when it was not tried. */
  blindSpots: readonly string[] | undefined;
  findings: string[];
}

const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
const list = (counts: ReadonlyMap<string, number>) =>
  [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([what, count]) => `${what} ×${count}`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

export function describeRun(report: SuiteReport): string {
  const { verdict, writes } = report;
  const counts = Object.entries(verdict?.counts ?? {}).map(
    ([kind, count]) => `${count} ${kind === 'wrongVectors' ? 'wrong vectors' : kind}`,
  );
  const lines = [
    '',
    `Fault suite, seed ${report.seed}, ${report.seconds.toFixed(0)} s`,
    `  faults            ${sum(report.faults)}: ${list(report.faults).join('; ')}`,
    `  of the provider   ${sum(report.providerFaults)}: ${list(report.providerFaults).join(', ')}`,
    ...[...report.errors].map(
      ([name, errors]) => `  met in ${name.padEnd(11)}${sum(errors)} errors: ${list(errors).join(', ')}`,
    ),
    `  writes            ${writes.acknowledged} acknowledged, ${writes.failed} failed or refused`,
    `  besides           ${list(report.actors).join('; ')}`,
    `  chunks            ${verdict?.chunks ?? '?'} in the end, ${report.embeddingRequests} requests for embeddings`,
    `  failed starts     ${report.failedStarts}, while a database was away`,
    `  longest recovery  ${seconds(report.longestRecoveryMs)} (${report.slowestFault})`,
    `  longest hold-up   ${report.longestHoldUpMs.toFixed(0)} ms that a writer waited for the program, in ${report.holdUpSamples} samples`,
    `  longest statement ${writes.longestStatementMs.toFixed(0)} ms of a writer outside of server faults (${writes.longestStatement})`,
    `  quiet after       ${verdict === undefined ? 'never' : seconds(verdict.quietAfterMs)}`,
    `  checker           ${report.blindSpots === undefined ? 'not tried' : 'sees every breakage by hand'}`,
    `  index             ${counts.join(', ')}`,
  ];
  if (report.findings.length > 0)
    lines.push(
      '',
      `${report.findings.length} findings:`,
      ...report.findings.map((finding) => `- ${finding}`),
    );
  lines.push(
    '',
    report.findings.length === 0
      ? 'Passed.'
      : `FAILED. Replay the choices with FAULTS_SEED=${report.seed} npm run test:faults`,
  );
  return lines.join('\n');
}
