import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectionStringOf } from '../../src/database/embedded/data-directory.ts';
import { readPassword } from '../../src/database/embedded/data-directory-password.ts';
import { inheritedVariables } from './inherited-variables.ts';
import { TEST_TOKEN_KEY } from './token-vault.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/wb-assist.js', import.meta.url));

export interface ServiceProcessOptions {
  /** What to run; `['start']` unless told. */
  command?: readonly string[];
  /** The file that Node runs: another version's `bin/wb-assist.js`, say. */
  program?: string;
  /** On top of the `inheritedVariables`, free ports, a JSON log and an API key. */
  env: Readonly<Record<string, string>>;
}

export interface ServiceReady {
  /** Connects to the main database, the embedded one included. */
  databaseUrl: string;
  apiUrls: readonly string[];
  /** Identity of its vectors, `rag_embeddings.model`. */
  model: string;
}

/** The real program in a process of its own. */
export interface ServiceProcess {
  readonly pid: number;
  /** Resolves when it says that it is ready; rejects, with its output, when it ends before or takes too long. */
  readonly ready: Promise<ServiceReady>;
  /** Resolves when it has written its first line. */
  readonly firstLine: Promise<void>;
  /** Everything that it wrote, for the messages of failed tests. */
  output(): string;
  /** Log lines so far, as objects. */
  lines(): readonly Record<string, unknown>[];
  /** How the process ended, once it has. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Sends the signal and waits for nothing. */
  send(signal: NodeJS.Signals): void;
  /** Sends the signal; resolves to how the process ended. Harmless when it has ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export const API_SECRET_KEY = 'test-secret-key';

/** Runs the program in an empty working directory. `ready` is the caller's to await. */
export async function startServiceProcess(
  options: ServiceProcessOptions,
  readyTimeoutMs = 60_000,
): Promise<ServiceProcess> {
  // A directory of its own: the program reads and writes .env and ./data where it is started.
  const directory = await mkdtemp(join(tmpdir(), 'wb-assist-process-'));
  const child = spawn(process.execPath, [options.program ?? PROGRAM, ...(options.command ?? ['start'])], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inheritedVariables(),
      API_SECRET_KEY,
      WB_TOKEN_KEY: TEST_TOKEN_KEY,
      API_PORT: '0',
      RAG_PORT: '0',
      WB_SYNC_INTERVAL_MINUTES: '0',
      EMBEDDED_POSTGRES_PORT: '0',
      LOG_FORMAT: 'json',
      ...options.env,
    },
  });
  const written: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const ready = Promise.withResolvers<ServiceReady>();
  const first = Promise.withResolvers<undefined>();
  const output = () => written.join('\n');
  const embeddedUrl = (port: number) =>
    connectionStringOf(port, readPassword(options.env['WB_ASSIST_DATA_DIR'] ?? join(directory, 'data')));
  const fail = (reason: string) => {
    ready.reject(new Error(`${reason}. Its output:\n${output()}`));
    first.reject(new Error(`${reason}. Its output:\n${output()}`));
  };
  const timer = setTimeout(() => {
    fail(`The program was not ready within ${readyTimeoutMs} ms`);
  }, readyTimeoutMs);
  // Whoever kills it before it is ready need not care for these.
  ready.promise.catch(() => undefined);
  first.promise.catch(() => undefined);

  createInterface({ input: child.stdout }).on('line', (text) => {
    written.push(text);
    const line = parse(text);
    if (line === undefined) return;
    lines.push(line);
    first.resolve(undefined);
    if (line['msg'] !== 'wb-assist is ready') return;
    clearTimeout(timer);
    ready.resolve({
      databaseUrl: options.env['DATABASE_URL'] ?? embeddedUrl(line['databasePort'] as number),
      apiUrls: (line['apiUrls'] ?? []) as string[],
      model: String(line['model']),
    });
  });
  createInterface({ input: child.stderr }).on('line', (text) => written.push(text));

  const ended = once(child, 'close').then(async ([code, signal]) => {
    clearTimeout(timer);
    fail(`The program ended (${String(signal ?? code)}) before it was ready`);
    await rm(directory, { recursive: true, force: true });
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });

  await once(child, 'spawn');
  return {
    pid: child.pid!,
    ready: ready.promise,
    firstLine: first.promise,
    output,
    lines: () => lines,
    ended,
    send: (signal) => void child.kill(signal),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
