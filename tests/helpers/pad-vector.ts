import { EMBEDDING_DIMENSIONS } from '../../src/embedding/embedder.ts';

/** The same vector, as wide as the index holds them. @throws RangeError when it is wider. */
export function padVector(vector: ArrayLike<number>): Float32Array {
  const padded = new Float32Array(EMBEDDING_DIMENSIONS);
  padded.set(vector);
  return padded;
}
