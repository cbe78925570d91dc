import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeVector, encodeVectorArray } from '../../../src/embedding/vector-codec.ts';

const vectors = fc.array(
  fc.float32Array({ minLength: 1, maxLength: 20, noNaN: true, noDefaultInfinity: true }),
  { maxLength: 8 },
);

/** pgvector's format, read by its description and field by field. */
function readVector(buffer: Buffer): number[] {
  const dimensions = buffer.readInt16BE(0);
  assert.equal(buffer.readInt16BE(2), 0);
  assert.equal(buffer.length, 4 + 4 * dimensions);
  return Array.from({ length: dimensions }, (_, place) => buffer.readFloatBE(4 + 4 * place));
}

function readArray(buffer: Buffer): { elementOid: number; elements: number[][] } {
  const dimensions = buffer.readInt32BE(0);
  assert.equal(buffer.readInt32BE(4), 0, 'has no nulls');
  const elementOid = buffer.readUInt32BE(8);
  if (dimensions === 0) {
    assert.equal(buffer.length, 12);
    return { elementOid, elements: [] };
  }
  assert.equal(dimensions, 1);
  const count = buffer.readInt32BE(12);
  assert.equal(buffer.readInt32BE(16), 1, 'lower bound');
  const elements: number[][] = [];
  let at = 20;
  for (let place = 0; place < count; place++) {
    const length = buffer.readInt32BE(at);
    elements.push(readVector(buffer.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  assert.equal(at, buffer.length);
  return { elementOid, elements };
}

describe('vector codec', () => {
  it('writes the bytes that pgvector documents', () => {
    assert.equal(encodeVector(Float32Array.of(1, -2)).toString('hex'), '00020000' + '3f800000' + 'c0000000');
  });

  it('keeps every number of every vector', () => {
    fc.assert(
      fc.property(vectors, fc.integer({ min: 1, max: 0xffff_ffff }), (list, oid) => {
        for (const vector of list) assert.deepEqual(readVector(encodeVector(vector)), [...vector]);
        assert.deepEqual(readArray(encodeVectorArray(list, oid)), {
          elementOid: oid,
          elements: list.map((vector) => [...vector]),
        });
      }),
    );
  });

  it('reads a view into a larger buffer from its own offset', () => {
    const view = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    assert.deepEqual(readVector(encodeVector(view)), [1, 2]);
    assert.deepEqual(readArray(encodeVectorArray([view], 7)).elements, [[1, 2]]);
  });

  it('leaves the vectors that it is given alone', () => {
    const vector = Float32Array.of(0.5, -0.25);
    encodeVector(vector);
    encodeVectorArray([vector], 7);
    assert.deepEqual([...vector], [0.5, -0.25]);
  });

  it('refuses what pgvector cannot hold', () => {
    for (const length of [0, 16_001]) {
      assert.throws(() => encodeVector(new Float32Array(length)), RangeError);
      assert.throws(() => encodeVectorArray([new Float32Array(length)], 7), RangeError);
    }
  });
});
