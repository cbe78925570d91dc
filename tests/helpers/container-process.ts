import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { ServiceRun } from './compose-file.ts';

/** A process in the place of a container. */
export interface ContainerProcess {
  readonly name: string;
  /** With which variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the health check's command once; resolves to whether it says that all is well. */
  isHealthy(): Promise<boolean>;
  /** `undefined` while it runs. */
  exitCode(): number | null | undefined;
  readonly ended: Promise<number | null>;
  /** Everything that it wrote. */
  output(): string;
  /** As `docker stop` does: its signal, then its grace, then SIGKILL. Resolves to the exit code; `null`: it was killed. */
  stop(): Promise<number | null>;
}

/**
 * Starts what the container would run, in the directory of the image's files, with the container's environment and nothing
 * else. Nowhere in its reach is a place for temporary files, as the container's file system only reads.
 */
export function startContainerProcess(name: string, run: ServiceRun, directory: string): ContainerProcess {
  const env = {
    ...run.env,
    PATH: dirname(process.execPath),
    TMPDIR: '/nonexistent',
    HOME: '/nonexistent',
    // The packages are links: see layOutImage.
    NODE_OPTIONS: '--preserve-symlinks --preserve-symlinks-main',
  };
  const [command, ...parameters] = run.argv;
  const child = spawn(command!, parameters, { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => written.push(text));
  let code: number | null | undefined;
  const ended = once(child, 'close').then(([exitCode]) => (code = exitCode as number | null));
  return {
    name,
    env,
    ended,
    exitCode: () => code,
    output: () => written.join(''),
    isHealthy: () =>
      new Promise((resolve) => {
        const [check, ...rest] = run.health!;
        execFile(check!, rest, { cwd: directory, env }, (error) => {
          resolve(error === null);
        });
      }),
    async stop() {
      if (code !== undefined) return code;
      const timer = setTimeout(() => child.kill('SIGKILL'), run.stopGraceMs);
      child.kill(run.stopSignal as NodeJS.Signals);
      await ended;
      clearTimeout(timer);
      return code!;
    },
  };
}
