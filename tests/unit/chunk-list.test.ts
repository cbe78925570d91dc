import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ChunkList } from '../../src/database/embedded/chunk-list.ts';

const chunk = fc.oneof(
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 5 }) },
  fc.uint8Array({ minLength: 1_000, maxLength: 6_000, size: 'max' }),
);

test('bytes come out as they went in, however they are cut, taken and put back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(chunk, fc.nat(9_000), fc.boolean()), { maxLength: 60 }), (steps) => {
      const list = new ChunkList();
      const taken: Buffer[] = [];
      const pushed: Buffer[] = [];
      for (const [bytes, most, putBack] of steps) {
        list.push(Buffer.from(bytes));
        pushed.push(Buffer.from(bytes));
        const count = Math.min(most, list.bytes);
        if (count === 0) continue;
        const head = list.peek(Math.min(count, 5)).subarray(0, Math.min(count, 5));
        const first = list.take(count);
        assert.deepEqual(first.subarray(0, head.length), head);
        if (putBack) list.unshift(first);
        else taken.push(first);
      }
      const rest = Buffer.concat(list.chunks);
      assert.equal(list.bytes, rest.length);
      assert.deepEqual(Buffer.concat([...taken, rest]), Buffer.concat(pushed));
    }),
    { numRuns: 300 },
  );
});

test('byte by byte takes hardly more room than at once', () => {
  const list = new ChunkList();
  for (let n = 0; n < 100_000; n += 1) list.push(Buffer.of(n & 255));
  const blocks = new Set(list.chunks.map(({ buffer }) => buffer));
  assert.ok(blocks.size < 10, `${blocks.size} blocks`);
  assert.ok(list.chunks.length < 10, `${list.chunks.length} chunks`);
  // Nor may a large chunk after each small one waste a block.
  const mixed = new ChunkList();
  for (let n = 0; n < 1_000; n += 1) {
    mixed.push(Buffer.allocUnsafeSlow(1));
    mixed.push(Buffer.allocUnsafeSlow(2_100));
  }
  const kept = [...new Set(mixed.chunks.map(({ buffer }) => buffer))];
  const keptBytes = kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
  assert.ok(keptBytes < 2 * mixed.bytes + 16 * 1024, `${keptBytes} of ${mixed.bytes}`);
});
