/**
 * Cuts what a client sends into messages. TCP gives any split: half a header, many messages in one chunk, one
 * message in a thousand chunks. Chunks are joined once, when a message is whole, so a large one costs no
 * quadratic copying.
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
  #chunks: Buffer[] = [];
  #bytes = 0;

  get bufferedBytes(): number {
    return this.#bytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** Puts a message back, to be the next one again. */
  unread(bytes: Buffer): void {
    this.#chunks.unshift(bytes);
    this.#bytes += bytes.length;
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
    if (this.#bytes < typeBytes + 4) return undefined;
    const header = this.#peek(typeBytes + 4);
    const length = header.readUInt32BE(typeBytes);
    if (length < minLength || length > maxLength)
      throw new FrameError(`invalid length of message: ${length} bytes`);
    if (length > maxBytes) throw new MessageTooLarge(length, maxBytes);
    const total = typeBytes + length;
    if (this.#bytes < total) return undefined;
    const bytes = this.#take(total);
    return {
      type: typeBytes === 0 ? '' : String.fromCharCode(bytes[0]!),
      body: bytes.subarray(typeBytes + 4),
      bytes,
    };
  }

  #peek(count: number): Buffer {
    const first = this.#chunks[0]!;
    return first.length >= count ? first : Buffer.concat(this.#chunks.slice(0, count)).subarray(0, count);
  }

  #take(count: number): Buffer {
    let first = this.#chunks[0]!;
    if (first.length < count) {
      first = Buffer.concat(this.#chunks, this.#bytes);
      this.#chunks = [first];
    }
    if (first.length === count) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(count);
    this.#bytes -= count;
    return first.subarray(0, count);
  }
}
