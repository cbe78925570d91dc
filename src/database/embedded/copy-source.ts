import type { WasmModule } from './engine.ts';

/** The file, inside the engine only, that a COPY reads what the client sent from. */
export const COPY_SOURCE_PATH = '/dev/wire-copy';

/** Any pair that PGlite does not use itself (64:0 is its `/dev/blob`). */
const DEVICE: [major: number, minor: number] = [64, 77];
/** Emscripten's number of ESPIPE: this file can only be read forwards. */
const ESPIPE = 70;

export interface CopySource {
  provide<T>(chunks: Buffer[], use: () => T): T;
}

/**
 * A device file over the chunks as they came from the socket. PGlite's own `/dev/blob` would need them as one Blob
 * and copy it twice more, byte by byte.
 */
export function installCopySource(wasm: WasmModule): CopySource {
  let chunks: Buffer[] = [];
  let chunk = 0;
  let offset = 0;
  const device = wasm.FS.makedev(...DEVICE);
  wasm.FS.registerDevice(device, {
    open: () => undefined,
    close: () => undefined,
    llseek: () => {
      throw Object.assign(new Error('ESPIPE'), { name: 'ErrnoError', errno: ESPIPE });
    },
    read: (_stream: unknown, target: Uint8Array, at: number, length: number) => {
      let copied = 0;
      while (copied < length && chunk < chunks.length) {
        const source = chunks[chunk]!;
        const part = source.subarray(offset, offset + length - copied);
        target.set(part, at + copied);
        copied += part.length;
        offset += part.length;
        if (offset === source.length) {
          chunk += 1;
          offset = 0;
        }
      }
      return copied;
    },
  });
  wasm.FS.mkdev(COPY_SOURCE_PATH, device);
  return {
    provide(given, use) {
      chunks = given;
      chunk = 0;
      offset = 0;
      try {
        return use();
      } finally {
        chunks = [];
      }
    },
  };
}
