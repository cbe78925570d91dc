import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { findPostgresBinaries } from '../faults/suite/binaries.ts';
import { startDockerDouble, type DockerDouble } from '../helpers/compose/docker-double.ts';
import { differenceOf, parseGuide } from '../helpers/guide.ts';
import { nativeServerUrl } from '../helpers/test-database.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GUIDE = 'docs/deployment.ru.md';
const STEP_TIMEOUT_MS = 120_000;
const GUIDE_TIMEOUT_MS = 900_000;
const bin = findPostgresBinaries();
const missing = ['bash', 'curl', 'jq', 'openssl'].filter((tool) => spawnSync('which', [tool]).status !== 0);
/** Once, in the run on a server: what it starts is a server of its own either way. */
const skip =
  nativeServerUrl === undefined
    ? 'runs with the tests on a server: TEST_DATABASE_URL names none'
    : bin === undefined
      ? 'no Postgres binaries with pgvector'
      : missing.length > 0 && `not on this machine: ${missing.join(', ')}`;
const steps = parseGuide(readFileSync(join(ROOT, GUIDE), 'utf8'));

describe(`${GUIDE}, step by step`, { skip, timeout: GUIDE_TIMEOUT_MS }, () => {
  let docker: DockerDouble;
  let directory: string;
  let shell: string;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'wb-assist-guide-'));
    shell = mkdtempSync(join(tmpdir(), 'wb-assist-shell-'));
    docker = await startDockerDouble(directory, bin!);
  });
  after(async () => {
    await docker.close();
    for (const each of [directory, shell]) rmSync(each, { recursive: true, force: true });
  });

  it('does in this order what it says', { timeout: GUIDE_TIMEOUT_MS }, async (t) => {
    for (const { heading, line, script, expected } of steps) {
      const outcome = { passed: false };
      // Awaited one by one: each step rests on those before it.
      await t.test(`${heading} (line ${line})`, async () => {
        const { code, stdout, stderr } = await runScript(script);
        assert.equal(code, 0, `${script}\nended with ${code}:\n${stdout}${stderr}`);
        const difference = expected === undefined ? undefined : differenceOf(expected, stdout);
        assert.ok(difference === undefined, `${script}\n${difference ?? ''}${stderr}`);
        outcome.passed = true;
      });
      if (!outcome.passed) break;
    }
  });

  /** One script after the other sees the variables that those before it exported, as in one terminal. */
  async function runScript(script: string) {
    const [state, file] = [join(shell, 'state'), join(shell, 'script')];
    writeFileSync(file, `[ -f '${state}' ] && . '${state}'\nset -e\n${script}\nexport -p > '${state}'\n`);
    const child = spawn('bash', [file], {
      cwd: directory,
      env: { HOME: directory, LANG: 'C.UTF-8', ...docker.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), STEP_TIMEOUT_MS);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    return { code, stdout, stderr };
  }
});
