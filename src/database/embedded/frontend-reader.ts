import { ChunkList } from './chunk-list.ts';

/**
 * Cuts what a client sends into messages. TCP gives any split: half a header, many messages in one chunk, one
 * message in a thousand chunks.
 */
export interface FrontendMessage {
  /** `''` for the packets of the handshake, which have no type byte. */
  type: string;
  body: Buffer;
  /** The message as it came, header included. */
  bytes: Buffer;
}

/** PostgreSQL's own bound of a handshake packet. */
const MAX_STARTUP_BYTES = 10_000;
/** Its bound of any message: a longer one is none. */
const MAX_PROTOCOL_BYTES = 0x3fff_ffff;

export class FrameError extends Error {}

/** A message that is well-formed and larger than is taken; known as soon as its header is there. */
export class MessageTooLarge extends Error {
  readonly bytes: number;
  readonly maxBytes: number;

  constructor(bytes: number, maxBytes: number) {
    super(`a message of ${bytes} bytes`);
    this.bytes = bytes;
    this.maxBytes = maxBytes;
  }
}

export class FrontendReader {
  readonly #chunks = new ChunkList();

  get bufferedBytes(): number {
    return this.#chunks.bytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  /** Puts a message back, to be the next one again. */
  unread(bytes: Buffer): void {
    this.#chunks.unshift(bytes);
  }

  /** The next packet of the handshake: a length and a body. */
  nextStartup(): FrontendMessage | undefined {
    return this.#next(0, 8, MAX_STARTUP_BYTES, MAX_STARTUP_BYTES);
  }

  /** The next ordinary message: a type byte, a length and a body, together `maxBytes` at most. */
  next(maxBytes: number): FrontendMessage | undefined {
    return this.#next(1, 4, MAX_PROTOCOL_BYTES, maxBytes);
  }

  #next(
    typeBytes: 0 | 1,
    minLength: number,
    maxLength: number,
    maxBytes: number,
  ): FrontendMessage | undefined {
    if (this.#chunks.bytes < typeBytes + 4) return undefined;
    const header = this.#chunks.peek(typeBytes + 4);
    const length = header.readUInt32BE(typeBytes);
    if (length < minLength || length > maxLength)
      throw new FrameError(`invalid length of message: ${length} bytes`);
    if (length > maxBytes) throw new MessageTooLarge(length, maxBytes);
    const total = typeBytes + length;
    if (this.#chunks.bytes < total) return undefined;
    const bytes = this.#chunks.take(total);
    return {
      type: typeBytes === 0 ? '' : String.fromCharCode(bytes[0]!),
      body: bytes.subarray(typeBytes + 4),
      bytes,
    };
  }
}
