import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countTokens } from 'gpt-tokenizer/encoding/cl100k_base';
import {
  MAX_INPUT_TOKENS,
  MAX_REQUEST_INPUTS,
  MAX_REQUEST_TOKENS,
  packRequests,
  prepareInputs,
} from '../../../src/embedding/input-limits.ts';
import { createInputWindow } from '../../../src/embedding/input-window.ts';

const MAX = createInputWindow().maxTokens;

describe('the limits of an input', () => {
  const overlong: Record<string, string> = {
    'Russian words': 'Кроссовки отличные, подошва мягкая. '.repeat(30_000),
    'one Russian letter': 'ж'.repeat(20_000),
    'Chinese without spaces': Array.from({ length: 1_000_000 }, (_, i) =>
      String.fromCharCode(0x4e00 + ((i * 7919) % 5_000)),
    ).join(''),
    emoji: '😀'.repeat(250_000),
    'special tokens': '<|endoftext|>'.repeat(5_000),
  };
  for (const [name, text] of Object.entries(overlong)) {
    it(`are kept, and nearly used up, by cutting: ${name}`, async () => {
      const [input] = await prepareInputs([text], MAX);
      assert.ok(text.startsWith(input!.text) && input!.text.isWellFormed());
      // The whole is counted in words of its own here, so only where that takes no minutes.
      const tokens = input!.text.includes(' ') ? countTokens(input!.text) : input!.tokensAtMost;
      assert.ok(tokens <= MAX_INPUT_TOKENS && tokens > MAX_INPUT_TOKENS - 300, `${tokens} tokens`);
    });
  }

  it('hold for the API, which counts without windows', async () => {
    const texts = ['😀'.repeat(9_000), 'ж'.repeat(10_000)];
    for (const { text } of await prepareInputs(texts, MAX)) {
      const tokens = countTokens(text);
      assert.ok(tokens <= MAX_INPUT_TOKENS && tokens > MAX_INPUT_TOKENS - 300, `${tokens} tokens`);
    }
  });

  it('leave alone what fits', async () => {
    const texts = ['Короткий', 'слово '.repeat(2_500), '\0', '<|endoftext|>'];
    assert.deepEqual(
      (await prepareInputs(texts, MAX)).map(({ text }) => text),
      texts,
    );
  });
});

describe('the limits of a request', () => {
  it('are kept by count', async () => {
    const inputs = await prepareInputs(
      Array.from({ length: 5_000 }, () => 'а'),
      MAX,
    );
    assert.deepEqual(
      (await packRequests(inputs, 10_000)).map((request) => request.length),
      [MAX_REQUEST_INPUTS, MAX_REQUEST_INPUTS, 5_000 - 2 * MAX_REQUEST_INPUTS],
    );
    assert.equal((await packRequests(inputs, 100)).length, 50);
  });

  it('are kept by tokens, with every input in one request, in order', async () => {
    const long = 'Кроссовки отличные, подошва мягкая. '.repeat(500);
    const inputs = await prepareInputs(
      Array.from({ length: 200 }, (_, i) => `${i} ${long}`),
      MAX,
    );
    const requests = await packRequests(inputs, 200);
    assert.ok(requests.length > 1);
    assert.deepEqual(requests.flat(), [...inputs.keys()]);
    for (const request of requests) {
      const tokens = request.reduce((sum, position) => sum + countTokens(inputs[position]!.text), 0);
      assert.ok(tokens <= MAX_REQUEST_TOKENS, `${tokens} tokens`);
    }
  });
});
