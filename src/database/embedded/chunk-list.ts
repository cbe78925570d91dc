/** Up to this, a chunk is copied behind those before it. */
const SMALL_BYTES = 2 * 1024;
const BLOCK_BYTES = 16 * 1024;

/**
 * Bytes as they come, in order. A buffer takes a hundred bytes and more beside its content, so small chunks are copied together:
 * a client that sends byte by byte would otherwise hold a hundred times of what its bytes are counted as. What is kept beyond the
 * bytes themselves is at most as much again, and one block.
 */
export class ChunkList {
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Room behind the last chunk. */
  #spare = Buffer.alloc(0);

  get bytes(): number {
    return this.#bytes;
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#bytes += chunk.length;
    // Most come alone, and are taken before the next.
    if (this.#chunks.length === 0) {
      this.#chunks.push(chunk);
      return;
    }
    if (chunk.length <= this.#spare.length) {
      this.#extendLast(chunk);
    } else if (chunk.length <= SMALL_BYTES) {
      const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#spare = block;
      this.#chunks.push(block.subarray(0, 0));
      this.#extendLast(chunk);
    } else {
      this.#chunks.push(chunk);
      this.#spare = Buffer.alloc(0);
    }
  }

  /** Puts bytes back, to be the next ones again. */
  unshift(chunk: Buffer): void {
    this.#chunks.unshift(chunk);
    this.#bytes += chunk.length;
  }

  /** The first `count` bytes, which have to be there; they stay. */
  peek(count: number): Buffer {
    const first = this.#chunks[0]!;
    return first.length >= count ? first : Buffer.concat(this.#chunks.slice(0, count)).subarray(0, count);
  }

  /** Takes the first `count` bytes, which have to be there. Joined once, so a large message costs no quadratic copying. */
  take(count: number): Buffer {
    let first = this.#chunks[0]!;
    if (first.length < count) {
      first = Buffer.concat(this.#chunks, this.#bytes);
      this.#chunks = [first];
      this.#spare = Buffer.alloc(0);
    }
    if (first.length === count) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(count);
    this.#bytes -= count;
    // The room is behind a chunk that is gone.
    if (this.#chunks.length === 0) this.#spare = Buffer.alloc(0);
    return first.subarray(0, count);
  }

  #extendLast(chunk: Buffer): void {
    const last = this.#chunks.length - 1;
    const { buffer, byteOffset, length } = this.#chunks[last]!;
    chunk.copy(this.#spare);
    this.#spare = this.#spare.subarray(chunk.length);
    this.#chunks[last] = Buffer.from(buffer as ArrayBuffer, byteOffset, length + chunk.length);
  }
}
