import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';

/** A process that stands for a container. */
export interface Container {
  readonly service: string;
  /** What it was made of; another one calls for another container. */
  readonly configuration: string;
  readonly env: Readonly<Record<string, string>>;
  readonly state: 'running' | 'exited';
  readonly exitCode: number;
  /** Its output so far. */
  log(): string;
  /** Resolves to the exit code. */
  readonly ended: Promise<number>;
  stop(graceMs: number): Promise<void>;
}

export interface ContainerOptions {
  service: string;
  configuration: string;
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  logFile: string;
}

/** Starts the process, with its output in a file: a double must not hold back what it stands for. */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  const [file, ...parameters] = options.command;
  const child: ChildProcess = spawn(file!, parameters, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout!, child.stderr!])
    createInterface({ input: stream }).on('line', (line) => {
      appendFileSync(options.logFile, `${line}\n`);
    });
  const ended = once(child, 'close').then(
    ([code, signal]) => (code as number | null) ?? exitCodeOf(signal as NodeJS.Signals),
  );
  await once(child, 'spawn');
  return {
    service: options.service,
    configuration: options.configuration,
    env: options.env,
    get state() {
      return child.exitCode === null && child.signalCode === null ? 'running' : 'exited';
    },
    get exitCode() {
      return child.exitCode ?? (child.signalCode === null ? 0 : 137);
    },
    log: () => readFileSync(options.logFile, { encoding: 'utf8', flag: 'a+' }),
    ended,
    async stop(graceMs) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Runs a command to its end. */
export async function runToEnd(
  command: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string>> },
  output: { out(text: string): void; err(text: string): void },
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
  return code ?? exitCodeOf(signal);
}

/** As Docker, and any shell, counts a death by a signal. */
function exitCodeOf(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : 128 + constants.signals[signal];
}
