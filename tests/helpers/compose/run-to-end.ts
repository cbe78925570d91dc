import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

/** Bytes as they come: a dump is no text. */
export interface Output {
  out(data: string | Buffer): void;
  err(data: string | Buffer): void;
}

/** Runs a command to its end. `input`: all of its stdin. */
export async function runToEnd(
  command: readonly string[],
  { input, ...options }: { cwd: string; env: Readonly<Record<string, string>>; input?: Buffer },
  output: Output,
): Promise<number> {
  const [file, ...parameters] = command;
  const child = spawn(file!, parameters, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined); // It need not read all of it.
  child.stdin.end(input);
  child.stdout.on('data', (data: Buffer) => {
    output.out(data);
  });
  child.stderr.on('data', (data: Buffer) => {
    output.err(data);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + constants.signals[signal!];
}
