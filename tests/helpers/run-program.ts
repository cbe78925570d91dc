import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { inheritedVariables } from './inherited-variables.ts';
import { TEST_TOKEN_KEY } from './token-vault.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/wb-assist.js', import.meta.url));
const TIMEOUT_MS = 60_000;

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs `wb-assist` to its end, with the key of the tests' tokens, the `inheritedVariables` and no other of this process.
 * `input`: all of its stdin.
 */
export function runProgram(
  parameters: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>>; input?: string },
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = { ...inheritedVariables(), WB_TOKEN_KEY: TEST_TOKEN_KEY, ...options.env };
    const child = execFile(
      process.execPath,
      [PROGRAM, ...parameters],
      { cwd: options.cwd, env, timeout: TIMEOUT_MS },
      (error, stdout, stderr) => {
        if (child.exitCode === null)
          reject(new Error(`It did not end by itself: ${stdout}${stderr}`, { cause: error }));
        else resolve({ code: child.exitCode, stdout, stderr });
      },
    );
    if (options.input !== undefined) child.stdin?.end(options.input);
  });
}

/** An empty directory for the length of a test. */
export async function emptyDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'wb-assist-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
