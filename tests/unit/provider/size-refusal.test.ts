import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sizeRefusalOf } from '../../../src/provider/size-refusal.ts';

type Told = [status: number, message: string, sizes?: { limit?: number; given?: number }];

const TOO_LARGE: Record<string, Told> = {
  OpenAI: [
    400,
    "400 This model's maximum context length is 8192 tokens, however you requested 9000 tokens (9000 in your prompt; 0 for the completion). Please reduce your prompt.",
    { limit: 8192, given: 9000 },
  ],
  'OpenAI’s tokens a minute': [
    429,
    '429 Request too large for text-embedding-3-small on tokens per min (TPM): Limit 1000, Requested 9000.',
    { limit: 1000, given: 9000 },
  ],
  TEI: [
    413,
    '413 "Input validation error: `inputs` must have less than 512 tokens. Given: 1234"',
    { limit: 512, given: 1234 },
  ],
  'llama.cpp, as if it had failed': [
    500,
    '500 input (1200 tokens) is too large to process. increase the physical batch size (current batch size: 512)',
    { limit: 512, given: 1200 },
  ],
  'an older llama.cpp': [500, '500 input is too large to process. increase the physical batch size'],
  'llama.cpp’s context': [400, '400 the request exceeds the available context size, try increasing it'],
  YandexGPT: [
    400,
    '400 Error in session internal_id=f3a9: number of input tokens must be no more than 8192, got 9123',
    { limit: 8192, given: 9123 },
  ],
  'YandexGPT’s embeddings': [
    400,
    '400 text length is 3012 tokens, which is outside the range (0, 2048]',
    { limit: 2048, given: 3012 },
  ],
  TabbyAPI: [400, '400 Prompt length 9000 is greater than max_seq_len 4096', { limit: 4096, given: 9000 }],
  'a later TabbyAPI': [
    500,
    '500 Requested 9000 tokens is larger than the cache size of 4096',
    { limit: 4096, given: 9000 },
  ],
  GigaChat: [422, '422 Tokens limit exceeded: Limit: 514, Input: 700', { limit: 514, given: 700 }],
  'a server that speaks Russian': [
    400,
    '400 Превышена максимальная длина запроса: 9 000 символов, допустимо 4 000',
    { limit: 4000, given: 9000 },
  ],
  'words that nobody has heard of': [
    400,
    '400 4097 tokens do not fit, at most 2048 do',
    { limit: 2048, given: 4097 },
  ],
  Anthropic: [
    400,
    '400 prompt is too long: 210,000 tokens > 200,000 maximum',
    { limit: 200_000, given: 210_000 },
  ],
  'a proxy': [413, '413 Request Entity Too Large'],
};

const SOMETHING_ELSE: Record<string, Told> = {
  'a limit of requests': [
    429,
    '429 Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s.',
  ],
  'what can still be paid for': [
    402,
    '402 This request requires more credits. You requested up to 4000 tokens, but can only afford 1000.',
  ],
  'a limit of the answer': [
    400,
    '400 max_tokens is too large: 4000. This model supports at most 2048 completion tokens.',
  ],
  'a queue': [503, '503 Queue size 128 exceeds the maximum size 100'],
  'a time limit': [504, '504 upstream request timeout: 60000 ms exceeds the limit of 30000 ms'],
  'a place of the input': [400, "400 '$.input[37]' is invalid."],
  'the dimensions that it has': [400, '400 This model does not support 1536 dimensions, only 1024.'],
  'an id': [500, '500 The server had an error (request ID 20261201123456789 at 10:15:20)'],
  'a filter': [400, '400 The prompt was filtered by our policy.'],
};

describe('a refusal for the size of what was sent', () => {
  for (const [name, [status, message, sizes]] of Object.entries(TOO_LARGE)) {
    it(`is known by its words or by the sizes that it names: ${name}`, () => {
      assert.deepEqual(sizeRefusalOf({ status, message }), sizes ?? {});
    });
  }

  for (const [name, [status, message]] of Object.entries(SOMETHING_ELSE)) {
    it(`is no other fault that names numbers: ${name}`, () => {
      assert.equal(sizeRefusalOf({ status, message }), undefined);
    });
  }

  it('is known by its code alone', () => {
    for (const code of ['context_length_exceeded', 'string_above_max_length']) {
      assert.deepEqual(sizeRefusalOf({ status: 400, code, message: '400 Bad Request' }), {});
    }
  });
});
