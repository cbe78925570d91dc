// `npm test`: every test file, in a random order, on the embedded Postgres or, with TEST_DATABASE_URL, on that server.
// Arguments are passed on to node's test runner: file names, --test-name-pattern=…, --test-random-seed=…
import '../bin/require-node.js';
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';

const given = process.argv.slice(2);
const files = given.some((argument) => !argument.startsWith('-'))
  ? []
  : globSync('tests/**/*.test.ts').sort();
if (process.env.TEST_DATABASE_URL === undefined) {
  console.log('Tests run on the embedded Postgres. TEST_DATABASE_URL=postgres://… runs them on a server.');
}
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
  { stdio: 'inherit', env: { ...process.env, NODE_ENV: 'test' } },
);
runner.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
