import { findPostgresBinaries } from './binaries.ts';
import { runSuite } from './run-suite.ts';

// FAULTS_SEED repeats the choices of a run, FAULTS_SECONDS makes it longer, FAULTS_REQUIRED=1 turns a skip into a failure.
const env = process.env;
const say = (text: string) => {
  console.log(text);
};

const bin = findPostgresBinaries();
if (bin === undefined) {
  say(
    'Skipped: the fault suite, because no Postgres binaries with pgvector were found (pg_config --bindir).',
  );
  process.exit(env['FAULTS_REQUIRED'] === '1' ? 1 : 0);
}

const seed = Number(env['FAULTS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const seconds = Number(env['FAULTS_SECONDS'] ?? 90);
say(`Fault suite on ${bin}: FAULTS_SEED=${seed} FAULTS_SECONDS=${seconds}`);

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    say(`${name}: cleaning up`);
    interrupted.abort();
  });
}
const { findings } = await runSuite({
  ...{ bin, seed, seconds, say },
  signal: interrupted.signal,
  only: env['FAULTS_ONLY'] === undefined ? undefined : new RegExp(env['FAULTS_ONLY']),
  logs: env['FAULTS_LOGS'],
});
process.exit(interrupted.signal.aborted || findings.length > 0 ? 1 : 0);
