import { parseArgs } from 'node:util';
import { availableParallelism } from 'node:os';
import { describeMoment, hasFaketime, NO_FAKETIME, runShifted } from '../../scripts/shifted-clock.ts';
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
let failures = 0;
for (const moment of moments) failures += await runAll(moment);
console.log(
  failures === 0
    ? `${files.length} files passed at ${moments.length} moments`
    : `${failures} runs of test files FAILED`,
);
process.exitCode = failures === 0 ? 0 : 1;

/** Resolves to the number of files that failed. */
async function runAll(moment: Moment): Promise<number> {
  const startedAt = performance.now();
  const waiting = [...files];
  let failed = 0;
  const runOneByOne = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      if (!(await runFile(file, startOf(moment, file), moment))) failed += 1;
  };
  // Each embedded Postgres takes a core.
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, runOneByOne));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  const outcome = failed === 0 ? `${files.length} files passed` : `${failed} of ${files.length} files FAILED`;
  console.log(
    `${moment.name}, ${describeMoment(moment.at)}${describeZone(moment)}: ${outcome} in ${seconds} s`,
  );
  return failed;
}

async function runFile(file: string, at: Date, moment: Moment): Promise<boolean> {
  const parameters = ['--test', '--test-timeout=180000', file];
  const { passed, output } = await runShifted(at, parameters, {
    NODE_ENV: 'test',
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
