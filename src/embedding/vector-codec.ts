import { endianness } from 'node:os';

/**
 * Vectors in the binary form that pgvector's `vector_recv` reads (pgvector, src/vector.c): int16 dimensions, int16 0, then
 * the numbers as float4, all big-endian. Every field is a multiple of four bytes, so a buffer is filled in the machine's
 * own order at full speed and its words are swapped once at the end. The same as text took ten times as long.
 */
const SWAP_BYTES = endianness() === 'LE';

/** pgvector's own limit for `vector`. */
const MAX_DIMENSIONS = 16_000;
const VECTOR_HEADER_WORDS = 1;
/** Array header: dimensions, "has nulls", type of the elements; for the one dimension its length and lower bound. */
const ARRAY_HEADER_WORDS = 5;

/**
 * One vector, for a parameter `$n::vector`. `pg` sends a Buffer as a binary parameter. The caller sees to it that the
 * numbers are finite: Postgres refuses the others.
 *
 * @throws RangeError when pgvector could not hold it.
 */
export function encodeVector(vector: Float32Array): Buffer {
  const words = new Uint32Array(VECTOR_HEADER_WORDS + dimensionsOf(vector));
  writeVector(words, new Float32Array(words.buffer), 0, vector);
  return toBigEndian(words);
}

/**
 * Vectors for one parameter `unnest($n::vector[])`, in Postgres' binary form of a one-dimensional array.
 *
 * @param vectorOid `'vector'::regtype::oid`; it differs from database to database.
 * @throws RangeError when pgvector could not hold one of them.
 */
export function encodeVectorArray(vectors: readonly Float32Array[], vectorOid: number): Buffer {
  if (vectors.length === 0) {
    // An empty array has no dimensions at all, hence no length and no bound.
    return toBigEndian(Uint32Array.of(0, 0, vectorOid));
  }
  let size = ARRAY_HEADER_WORDS;
  for (const vector of vectors) size += 1 + VECTOR_HEADER_WORDS + dimensionsOf(vector);

  const words = new Uint32Array(size);
  const floats = new Float32Array(words.buffer);
  words.set([1, 0, vectorOid, vectors.length, 1]);
  let at = ARRAY_HEADER_WORDS;
  for (const vector of vectors) {
    words[at] = 4 * (VECTOR_HEADER_WORDS + vector.length);
    writeVector(words, floats, at + 1, vector);
    at += 1 + VECTOR_HEADER_WORDS + vector.length;
  }
  return toBigEndian(words);
}

function dimensionsOf(vector: Float32Array): number {
  if (vector.length < 1 || vector.length > MAX_DIMENSIONS) {
    throw new RangeError(`A vector has 1 to ${MAX_DIMENSIONS} dimensions, not ${vector.length}.`);
  }
  return vector.length;
}

function writeVector(words: Uint32Array, floats: Float32Array, at: number, vector: Float32Array): void {
  // The two int16 of the header as one word: after the swap the dimensions come first, then the unused zero.
  words[at] = vector.length << 16;
  floats.set(vector, at + VECTOR_HEADER_WORDS);
}

function toBigEndian(words: Uint32Array): Buffer {
  const buffer = Buffer.from(words.buffer);
  return SWAP_BYTES ? buffer.swap32() : buffer;
}
