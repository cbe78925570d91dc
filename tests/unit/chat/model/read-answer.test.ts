import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DONE, readAnswer } from '../../../../src/chat/model/read-answer.ts';

/** An answer that comes in these pieces. */
function responseOf(pieces: Iterable<Uint8Array>): Response {
  return new Response(ReadableStream.from(pieces));
}

describe('an answer', () => {
  it('is the same however the network cuts it, in the middle of a letter too', async () => {
    const bytes = Buffer.from(
      '\n: hi\r\n\r\ndata: {"text":"Ж"}\n\nevent: x\ndata: {"text":"😀"}\n\ndata: [DONE]\n\n',
    );
    for (let size = 1; size <= bytes.length; size++) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      let signs = 0;
      const chunks = await Array.fromAsync(readAnswer(responseOf(pieces), () => (signs += 1)));
      assert.deepEqual(chunks, [{ text: 'Ж' }, { text: '😀' }, DONE]);
      // A comment is a sign of life, too.
      assert.equal(signs, pieces.length);
    }
  });

  it('is one object, then done, of a server that does not stream', async () => {
    const pieces = [' \n{"text":', '"Ж"}\n'].map((piece) => Buffer.from(piece));
    assert.deepEqual(await Array.fromAsync(readAnswer(responseOf(pieces), () => undefined)), [
      { text: 'Ж' },
      DONE,
    ]);
  });

  it('that does not end is not held in memory for ever', async () => {
    for (const start of ['{"text":"', 'data: {"text":"']) {
      let sent = 0;
      function* endless() {
        yield Buffer.from(start);
        // More than any test would read; whoever stops earlier has given it up.
        for (; sent < 100; sent++) yield Buffer.alloc(1024 * 1024, 'a');
      }
      const reading = Array.fromAsync(readAnswer(responseOf(endless()), () => undefined));
      await assert.rejects(reading, { code: 'chat_unavailable' });
      assert.ok(sent < 20, `${sent} MB`);
    }
  });

  it('may be as long as it likes in pieces', async () => {
    const event = Buffer.from(`data: ${JSON.stringify({ text: 'a'.repeat(1024 * 1024) })}\n\n`);
    const chunks = await Array.fromAsync(readAnswer(responseOf(Array(8).fill(event)), () => undefined));
    assert.equal(chunks.length, 8);
  });
});
