import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { differenceOf, type GuideStep } from './guide.ts';

const STEP_TIMEOUT_MS = 240_000;

export interface ScriptOutcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** One terminal: a script sees the variables that those before it exported. */
export interface GuideShell {
  run(script: string): Promise<ScriptOutcome>;
  close(): void;
}

/** `env`: all of the environment, but for what scripts export. */
export function openGuideShell(options: {
  directory: string;
  env: Readonly<Record<string, string>>;
}): GuideShell {
  const home = mkdtempSync(join(tmpdir(), 'wb-assist-shell-'));
  const [state, file] = [join(home, 'state'), join(home, 'script')];
  return {
    async run(script) {
      // `set -e` does not see `a && b` fail, so the status at the end counts too.
      const keep = `ended=$?\n[ $ended = 0 ] || exit $ended\nexport -p > '${state}'`;
      writeFileSync(file, `[ -f '${state}' ] && . '${state}'\nset -e\n${script}\n${keep}\n`);
      const child = spawn('bash', [file], {
        cwd: options.directory,
        env: options.env,
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
    },
    close() {
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export interface TestStep {
  name: string;
  work: (t: TestContext) => Promise<void>;
}

/**
 * Each step a subtest, until one fails: every step rests on those before it. `it`s of a suite would not do, because they
 * run in a random order. Resolves to whether all passed.
 */
export async function runInOrder(t: TestContext, steps: readonly TestStep[]): Promise<boolean> {
  for (const { name, work } of steps) {
    const outcome = { passed: false };
    await t.test(name, async (subtest) => {
      await work(subtest);
      outcome.passed = true;
    });
    if (!outcome.passed) return false;
  }
  return true;
}

/** The commands of a page, in its order. */
export function runSteps(t: TestContext, shell: GuideShell, steps: readonly GuideStep[]): Promise<boolean> {
  return runInOrder(
    t,
    steps.map(({ heading, line, script, expected }) => ({
      name: `${heading} (line ${line})`,
      work: async () => {
        const { code, stdout, stderr } = await shell.run(script);
        assert.equal(code, 0, `${script}\nended with ${code}:\n${stdout}${stderr}`);
        const difference = expected === undefined ? undefined : differenceOf(expected, stdout);
        assert.ok(difference === undefined, `${script}\n${difference ?? ''}${stderr}`);
      },
    })),
  );
}
