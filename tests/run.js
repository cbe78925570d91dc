// `npm test`: every test file but those that inflict faults (`npm run test:faults`), in a random order, on the embedded Postgres or, with TEST_DATABASE_URL, on that server.
// Arguments are passed on to node's test runner: file names, --test-name-pattern=…, --test-random-seed=…
import '../bin/require-node.js';
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';

const given = process.argv.slice(2);
const files = given.some((argument) => !argument.startsWith('-'))
  ? []
  : globSync('tests/**/*.test.ts', { exclude: ['tests/faults/**'] }).sort();
if (process.env.TEST_DATABASE_URL === undefined) {
  console.log('Tests run on the embedded Postgres. TEST_DATABASE_URL=postgres://… runs them on a server.');
}
// Not at the top: an old Node must get as far as the message of require-node.js.
const { makeRunVariables } = await import('./run-variables.ts');
const { env, release } = makeRunVariables();
const runner = spawn(
  process.execPath,
  [
    '--test',
    '--test-randomize',
    // Several files at once would measure one another, and each embedded Postgres takes a core.
    '--test-concurrency=2',
    '--test-timeout=180000',
    ...given,
    ...files,
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...env,
      NODE_ENV: 'test',
    },
  },
);
// The runner ends by them, and says what it was at; then this does.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => runner.kill(signal));
runner.on('exit', (code, signal) => {
  release();
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
