import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { inheritedVariables } from './inherited-variables.ts';
import type { Outcome } from './run-program.ts';
import { TEST_TOKEN_KEY } from './token-vault.ts';

const PROCESS = fileURLToPath(new URL('./program-session-process.ts', import.meta.url));
const SMALL_HEAP = new URL('../../bin/small-heap.js', import.meta.url).href;
const TIMEOUT_MS = 60_000;

export interface SessionCall {
  parameters: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** What is written to both streams where the program would exit, and when the call is over. */
  marks: { exit: string; end: string };
}

interface Session {
  child: ChildProcess;
  written: Record<'stdout' | 'stderr', string>;
  /** The exit code of the last call, once it is known. */
  code: number | undefined;
  /** Told whenever there is more of `written`, a code, or an end of the process. */
  onNews: () => void;
}

let session: Session | undefined;
/** One call after the other. */
let last: Promise<unknown> = Promise.resolve();

/**
 * As `runProgram`, in one process for all calls of a test file: most of what a command takes is the start of its process.
 * Not for what needs stdin or signals. That a command ends its process is `runProgram`'s to show.
 */
export function runInSession(
  parameters: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<Outcome> {
  const env = { ...inheritedVariables(), WB_TOKEN_KEY: TEST_TOKEN_KEY, ...options.env };
  const call = last.then(() => runNext({ parameters, cwd: options.cwd, env }));
  last = call.catch(() => undefined);
  return call;
}

async function runNext(call: Omit<SessionCall, 'marks'>): Promise<Outcome> {
  session ??= startSession();
  const { child, written } = session;
  const id = randomUUID();
  const marks = { exit: `\0exit ${id}\0`, end: `\0end ${id}\0` };
  session.code = undefined;
  child.send({ ...call, marks } satisfies SessionCall);
  const code = await untilEnded(session, marks.end);
  const take = (stream: 'stdout' | 'stderr') => {
    const [text = ''] = written[stream].split(marks.exit);
    written[stream] = written[stream].split(marks.end)[1] ?? '';
    return text;
  };
  return { code, stdout: take('stdout'), stderr: take('stderr') };
}

function untilEnded(current: Session, endMark: string): Promise<number> {
  const { child, written } = current;
  return new Promise((resolve, reject) => {
    const giveUp = (reason: string) => {
      clearTimeout(timer);
      session = undefined;
      child.kill('SIGKILL');
      reject(new Error(`${reason}: ${written.stdout}${written.stderr}`));
    };
    // It also keeps this process, which the session does not.
    const timer = setTimeout(() => {
      giveUp('It did not end by itself');
    }, TIMEOUT_MS);
    current.onNews = () => {
      if (child.exitCode !== null || child.signalCode !== null) giveUp('It ended the process of all calls');
      else if (current.code !== undefined && Object.values(written).every((text) => text.includes(endMark))) {
        clearTimeout(timer);
        resolve(current.code);
      }
    };
  });
}

function startSession(): Session {
  const child = spawn(process.execPath, ['--import', SMALL_HEAP, PROCESS], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: inheritedVariables(),
  });
  const started: Session = {
    child,
    written: { stdout: '', stderr: '' },
    code: undefined,
    onNews: () => undefined,
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]!.setEncoding('utf8').on('data', (text: string) => {
      started.written[stream] += text;
      started.onNews();
    });
    // It ends with this process, and does not keep it.
    (child[stream] as unknown as { unref(): void }).unref();
  }
  child.on('message', (code: number) => {
    started.code = code;
    started.onNews();
  });
  child.on('exit', () => {
    started.onNews();
  });
  child.unref();
  child.channel!.unref();
  return started;
}
