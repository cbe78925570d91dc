import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { describeMoment, hasFaketime, NO_FAKETIME, runShifted } from '../../scripts/shifted-clock.ts';
import { makeRunVariables } from '../run-variables.ts';
import { filesThatCanTell, allFiles } from './files-that-can-tell.ts';
import { MOMENTS, startOf, type Moment } from './moments.ts';

// `npm run test:clocks`: the tests that can tell what time it is, at times at which time does not go on as usual. A file is
// a run of its own, so that each begins right before such a moment. `-- --all`: every test file. `-- tests/….test.ts`: these.
// `-- --moment 'summer time'`: only the moments whose name has these words.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean', default: false }, moment: { type: 'string', default: '' } },
});

if (!hasFaketime()) {
  console.error(NO_FAKETIME);
  process.exit(1);
}

const files = positionals.length > 0 ? positionals : values.all ? allFiles() : filesThatCanTell();
const moments = MOMENTS.filter(({ name }) => name.includes(values.moment));
if (files.length === 0 || moments.length === 0) {
  console.error(`Nothing to run: ${files.length} files, ${moments.length} moments.`);
  process.exit(1);
}
const startedAt = performance.now();
const { env, release } = makeRunVariables();
// Moment by moment, but the next one begins when there is nothing of the last one left to begin.
const waiting = moments.flatMap((moment) => files.map((file) => ({ moment, file })));
const failedAt = new Map(moments.map((moment) => [moment, [] as string[]]));
// Each embedded Postgres takes a core.
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, runOneByOne));
release();

let failures = 0;
for (const [moment, failed] of failedAt) {
  failures += failed.length;
  const outcome = failed.length === 0 ? 'all passed' : `FAILED: ${failed.join(', ')}`;
  console.log(`${moment.name}, ${describeMoment(moment.at)}${describeZone(moment)}: ${outcome}`);
}
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
console.log(
  failures === 0
    ? `${files.length} files passed at ${moments.length} moments in ${seconds} s`
    : `${failures} runs of test files FAILED`,
);
process.exitCode = failures === 0 ? 0 : 1;

async function runOneByOne(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { moment, file } = next;
    if (!(await runFile(file, startOf(moment, file), moment))) failedAt.get(moment)!.push(file);
  }
}

async function runFile(file: string, at: Date, moment: Moment): Promise<boolean> {
  // In the process that is started: one less for each.
  const parameters = ['--test', '--test-isolation=none', '--test-timeout=180000', file];
  const { passed, output } = await runShifted(at, parameters, {
    NODE_ENV: 'test',
    ...env,
    // A server goes by a clock of its own.
    TEST_DATABASE_URL: undefined,
    ...moment.env,
  });
  if (!passed) {
    const again = `npm run test:clocks -- --moment '${moment.name}' ${file}`;
    console.log(`${file}, from ${describeMoment(at)} on: FAILED. Again: ${again}\n${output}`);
  }
  return passed;
}

function describeZone({ env }: Moment): string {
  return env === undefined
    ? ''
    : ` (${Object.entries(env)
        .map((pair) => pair.join('='))
        .join(' ')})`;
}
