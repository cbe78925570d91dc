import type { FrontendMessage } from './frontend-reader.ts';
import { type BackendError, readString } from './messages.ts';
import type { Unit } from './unit.ts';

/** The rows of one COPY FROM STDIN, collected until its end: the engine has to get all of them in one piece. */
export class CopyIn {
  readonly #messages: Buffer[];
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(query: Buffer, maxBytes: number) {
    this.#messages = [query];
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The unit that it has become; undefined while rows are to come. */
  take({ type, body, bytes }: FrontendMessage): Unit | undefined {
    // A server passes these two over.
    if (type === 'H' || type === 'S') return undefined;
    if (type === 'c') return { kind: 'copy', messages: [...this.#messages, bytes] };
    if (type === 'f') return refused(copyFailed(`COPY from stdin failed: ${readString(body, 0)}`));
    if (type !== 'd')
      return refused(
        copyFailed(`unexpected message type ${type.charCodeAt(0)} during COPY from stdin`, '08P01'),
      );
    this.#messages.push(bytes);
    this.#bytes += body.length;
    return this.#bytes > this.#maxBytes ? refused(copyTooLarge(this.#maxBytes)) : undefined;
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
