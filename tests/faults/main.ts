import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// `npm run test:faults`: what `npm test` leaves out, because it inflicts faults and waits until they are noticed. First the
// tests of single faults, on the embedded Postgres and, with TEST_DATABASE_URL, on that server; then the suite, which
// inflicts many on clusters of its own. With FAULTS_ONLY only the suite, and of it those faults.

const { TEST_DATABASE_URL: server, FAULTS_ONLY: only } = process.env;
const RUN = fileURLToPath(new URL('../run.js', import.meta.url));
const SUITE = fileURLToPath(new URL('./suite/main.ts', import.meta.url));
// Most of the time they wait for a heartbeat that does not come, so two processors have room for three.
const TESTS = [RUN, '--test-concurrency=3', ...globSync('tests/faults/*.test.ts').sort()];

let failed = 0;
if (only === undefined) await run(TESTS, { TEST_DATABASE_URL: undefined });
if (only === undefined && server !== undefined) await run(TESTS);
await run([SUITE]);
process.exitCode = failed === 0 ? 0 : 1;

async function run(parameters: string[], env: Record<string, undefined> = {}): Promise<void> {
  const child = spawn(process.execPath, parameters, {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('exit', resolve),
  );
  if (code !== 0) failed += 1;
}
