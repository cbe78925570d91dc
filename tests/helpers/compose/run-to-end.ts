import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** Runs a command to its end. */
export async function runToEnd(
  command: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string>> },
  output: Output,
): Promise<number> {
  const [file, ...parameters] = command;
  const child = spawn(file!, parameters, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.err(text);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + constants.signals[signal!];
}
