import { writeSync } from 'node:fs';
import type { SessionCall } from './program-session.ts';

/**
 * The process of a program session: runs the program once for each message, in the working directory and with the
 * variables of that message, and ends with the process that started it.
 */
const { main } = await import('../../src/cli.ts');

const exit = process.exit.bind(process);
/** Each call adds its own. */
const LISTENED_TO = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection'];
for (const emitter of [process, process.stdout, process.stderr]) emitter.setMaxListeners(0);

/** What `process.exit` throws here: the call has ended, the process goes on. */
class CallEnded extends Error {}

/** Into the pipes, behind whatever was written before. */
function write(mark: string): void {
  for (const stream of [1, 2]) writeSync(stream, mark);
}

async function run({ parameters, cwd, env, marks }: SessionCall): Promise<void> {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
  process.exitCode = undefined;
  let code: number | undefined;
  process.exit = (given?: number | string | null): never => {
    // The program handles what is thrown here as any error. That it says so is no output of a process that has ended.
    if (code === undefined) {
      code = Number(given ?? process.exitCode ?? 0);
      write(marks.exit);
    }
    throw new CallEnded();
  };
  await main([process.execPath, 'wb-assist', ...parameters]).catch((error: unknown) => {
    if (!(error instanceof CallEnded)) throw error;
  });
  for (const event of LISTENED_TO) process.removeAllListeners(event);
  process.send!(code);
  write(marks.end);
}

process.on('disconnect', () => exit(0));
process.on('message', (call: SessionCall) => void run(call));
