import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findPostgresBinaries } from '../faults/suite/binaries.ts';
import { startDockerDouble, type DockerDouble } from '../helpers/compose/docker-double.ts';
import { ROOT } from '../helpers/dockerfile.ts';
import { parseGuide } from '../helpers/guide.ts';
import { openGuideShell, runSteps, type GuideShell } from '../helpers/guide-shell.ts';
import { nativeServerUrl } from '../helpers/test-database.ts';

const GUIDE = 'docs/deployment.ru.md';
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

describe(`${GUIDE}, step by step`, { skip, timeout: GUIDE_TIMEOUT_MS }, () => {
  let docker: DockerDouble;
  let directory: string;
  let shell: GuideShell;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'wb-assist-guide-'));
    docker = await startDockerDouble(directory, bin!);
    shell = openGuideShell({ directory, env: { HOME: directory, LANG: 'C.UTF-8', ...docker.env } });
  });
  after(async () => {
    await docker.close();
    shell.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('does in this order what it says', { timeout: GUIDE_TIMEOUT_MS }, async (t) => {
    await runSteps(t, shell, parseGuide(readFileSync(join(ROOT, GUIDE), 'utf8')));
  });
});
