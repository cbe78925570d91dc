import { setFlagsFromString } from 'node:v8';
import { existsSync, fdatasyncSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { AppError, messageOf } from '../../errors.ts';
import { errorFields, readFrames, rowValues } from './backend-frames.ts';
import { CLIENT_ROLE } from './client-role.ts';
import { privateMode, tightenModes } from './file-modes.ts';
import { setUpClientRole } from './client-role-setup.ts';
import { REPORTED_PARAMETERS, START_PARAMETERS } from './engine-settings.ts';
import { query } from './messages.ts';
import { becomeForGood, type WasmMemory } from './privileges.ts';
import type { Select } from './select.ts';

/** The WebAssembly ended: nothing of it can be used any more, and the data directory must be opened anew. */
class EngineDied extends Error {}

/** One Postgres backend inside WebAssembly. Every call runs to its end before it returns. */
export interface Engine {
  /** What a handshake reports, `server_version` and so on. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Runs whole frontend messages, a COPY with all of its rows, and returns all that the backend answers. */
  run(messages: Buffer): Buffer;
  readonly select: Select;
  /** Shuts the backend down with a checkpoint, so that the next start has nothing to repair. */
  close(): Promise<void>;
  /** Gives back what an engine that has ended still holds: its open files. */
  abandon(): void;
}

/** What we use of PGlite's Emscripten module, which its types leave open. */
export interface WasmModule extends WasmMemory {
  _PostgresMainLoopOnce: () => void;
  _PostgresSendReadyForQueryIfNecessary: () => void;
  _pgl_pq_flush: () => void;
  stackRestore: (pointer: number) => void;
  FS: {
    filesystems: {
      NODEFS: {
        stream_ops: {
          fsync?: (stream: { nfd: number }) => number;
          setattr: (stream: object, attributes: { mode?: number }) => void;
        };
        node_ops: { setattr: (node: object, attributes: { mode?: number }) => void };
      };
    };
    quit(): void;
  };
}

/** The exit status by which PGlite reports an ordinary SQL error, whose longjmp WebAssembly cannot do. */
const SQL_ERROR_STATUS = 100;

/**
 * V8's baseline compiler only. Its optimising one takes 500 MB for a moment for one of Postgres' giant functions, a second
 * after the start: 845 MB at the peak instead of 250 MB. The price, measured: an exact scan of 10 000 vectors 213 ms instead
 * of 92 ms, indexing 10 000 rows 16 s instead of 8 s. A server is the answer for who needs more.
 */
for (const flag of ['--no-wasm-dynamic-tiering', '--no-wasm-tier-up']) setFlagsFromString(flag);

export async function openEngine(directory: string, create = false): Promise<Engine> {
  // PGlite would make a new, empty database where a disk is not mounted.
  if (!create && !existsSync(join(directory, 'PG_VERSION')))
    throw new Error(`there is no database in ${directory}`);
  const db = new PGlite({ dataDir: directory, extensions: { vector }, startParams: START_PARAMETERS });
  await db.waitReady;
  const wasm = db.Module as unknown as WasmModule;
  const death = watchForDeath(wasm);
  keepFilesPrivate(wasm, directory);
  // Emscripten's node file system lacks fsync, so that Postgres' own would silently do nothing.
  wasm.FS.filesystems.NODEFS.stream_ops.fsync = (stream) => {
    fdatasyncSync(stream.nfd);
    return 0;
  };

  function run(messages: Buffer): Buffer {
    death.check();
    const chunks: Buffer[] = [];
    // The promise tells nothing: without a file system to sync, all is done when the call returns, and errors are
    // either in the answer or the engine's death.
    db.execProtocolRawStream(messages, {
      syncToFs: false,
      // The bytes are a window into memory that the next message overwrites.
      onRawData: (bytes) => chunks.push(Buffer.from(bytes)),
    }).catch((error: unknown) => (death.cause ??= error));
    death.check(chunks);
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  function select(sql: string): (string | null)[][] {
    const output = run(query(sql));
    const rows: (string | null)[][] = [];
    for (const frame of readFrames(output)) {
      if (frame.type === 'D') rows.push(rowValues(output, frame));
      if (frame.type === 'E') {
        throw new AppError('database_failed', `${errorFields(output, frame)['M'] ?? 'failed'}: ${sql}`);
      }
    }
    return rows;
  }

  setUpClientRole(select);
  becomeForGood(CLIENT_ROLE, select, wasm);
  const names = REPORTED_PARAMETERS.map((name) => `'${name}'`).join(', ');
  const parameters = new Map<string, string>();
  for (const [name, value] of select(
    `select name, current_setting(name) from unnest(array[${names}]) as name`,
  )) {
    parameters.set(name!, value!);
  }
  return {
    parameters,
    run,
    select,
    close: () => db.close(),
    abandon() {
      try {
        wasm.FS.quit();
      } catch {
        // It may have ended in the middle of anything.
      }
    },
  };
}

/** Emscripten gives each file that it makes the mode that was asked for, past the umask: readable and writable by all. */
function keepFilesPrivate(wasm: WasmModule, directory: string): void {
  const { stream_ops, node_ops } = wasm.FS.filesystems.NODEFS;
  for (const operations of [stream_ops, node_ops]) {
    const { setattr } = operations;
    operations.setattr = (of: object, attributes: { mode?: number }) =>
      setattr(
        of,
        attributes.mode === undefined ? attributes : { ...attributes, mode: privateMode(attributes.mode) },
      );
  }
  // And those that were made while it opened.
  tightenModes(directory);
}

interface Death {
  cause: unknown;
  /** Throws when the engine has ended; its last output may say why. */
  check(output?: readonly Buffer[]): void;
}

/**
 * PGlite catches whatever its main loop throws and goes on looping, which after a real end (`exit(1)`, a trap of
 * WebAssembly) never stops. So the loop's exceptions pass here first, and after the first that is not an SQL error
 * the step that PGlite takes next throws out of its loop.
 */
function watchForDeath(wasm: WasmModule): Death {
  const death: Death = {
    cause: undefined,
    check(output = []) {
      if (death.cause === undefined) return;
      const said = lastWords(Buffer.concat(output)) ?? messageOf(death.cause);
      throw new EngineDied(`the engine ended: ${said}`, { cause: death.cause });
    },
  };
  const loopOnce = wasm._PostgresMainLoopOnce;
  const restoreStack = wasm.stackRestore;
  wasm._PostgresMainLoopOnce = () => {
    try {
      loopOnce();
    } catch (error) {
      if ((error as { status?: number }).status !== SQL_ERROR_STATUS) death.cause = error;
      throw error;
    }
  };
  wasm.stackRestore = (pointer) => {
    if (death.cause !== undefined) throw new EngineDied('left the loop');
    restoreStack(pointer);
  };
  for (const name of ['_PostgresSendReadyForQueryIfNecessary', '_pgl_pq_flush'] as const) {
    const original = wasm[name];
    wasm[name] = () => {
      if (death.cause !== undefined) return;
      try {
        original();
      } catch (error) {
        death.cause = error;
        throw error;
      }
    };
  }
  return death;
}

function lastWords(output: Buffer): string | undefined {
  for (const frame of readFrames(output)) {
    const fields = frame.type === 'E' ? errorFields(output, frame) : {};
    if (fields['V'] === 'FATAL' || fields['V'] === 'PANIC') return fields['M'];
  }
  return undefined;
}
