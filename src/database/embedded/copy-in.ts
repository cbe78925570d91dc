import { ChunkList } from './chunk-list.ts';
import type { FrontendMessage } from './frontend-reader.ts';
import { type BackendError, messageHeader, readString } from './messages.ts';
import type { Unit } from './unit.ts';

/** The rows of one COPY FROM STDIN, collected until its end: the engine has to get all of them in one piece. */
export class CopyIn {
  readonly #query: Buffer;
  readonly #maxBytes: number;
  /** Without the headers: messages may be cut anywhere, and clients that send a row each would fill the memory with them. */
  readonly #rows = new ChunkList();

  constructor(query: Buffer, maxBytes: number) {
    this.#query = query;
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  /** The unit that it has become; undefined while rows are to come. */
  take({ type, body, bytes }: FrontendMessage): Unit | undefined {
    // A server passes these two over.
    if (type === 'H' || type === 'S') return undefined;
    if (type === 'c') return { kind: 'copy', messages: [this.#query, ...this.#data(), bytes] };
    if (type === 'f') return refused(copyFailed(`COPY from stdin failed: ${readString(body, 0)}`));
    if (type !== 'd')
      return refused(
        copyFailed(`unexpected message type ${type.charCodeAt(0)} during COPY from stdin`, '08P01'),
      );
    this.#rows.push(body);
    return this.#rows.bytes > this.#maxBytes ? refused(copyTooLarge(this.#maxBytes)) : undefined;
  }

  #data(): Buffer[] {
    return this.#rows.chunks.flatMap((rows) => [messageHeader('d', rows.length), rows]);
  }
}

function refused(error: BackendError): Unit {
  return { kind: 'refused', error, synced: true };
}

function copyFailed(message: string, code = '57014'): BackendError {
  return { severity: 'ERROR', code, message };
}

function copyTooLarge(maxBytes: number): BackendError {
  return {
    severity: 'ERROR',
    code: '53400',
    message: `COPY FROM STDIN takes at most ${maxBytes} bytes at a time in the embedded Postgres`,
    hint: 'Split the rows over several COPY commands, which may share one transaction.',
  };
}
