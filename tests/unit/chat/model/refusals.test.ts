import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakeChatReply } from '../../../helpers/fake-chat.ts';
import { createFixture, failure } from './chat-fixture.ts';

const TOO_LONG: Record<string, FakeChatReply> = {
  OpenAI: {
    status: 400,
    code: 'context_length_exceeded',
    message:
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    param: 'messages',
  },
  'OpenAI’s limit of tokens a minute': {
    status: 429,
    code: 'rate_limit_exceeded',
    message: 'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 45000.',
  },
  vLLM: {
    status: 400,
    body: {
      object: 'error',
      message:
        "This model's maximum context length is 4096 tokens. Please reduce the length of the messages.",
      code: 400,
    },
  },
  'vLLM, which blames the limit of the answer': {
    status: 400,
    body: {
      message:
        "'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum context length is 4096 tokens and your request has 900 input tokens",
    },
  },
  'llama.cpp': {
    status: 400,
    body: {
      error: {
        code: 400,
        message: 'the request exceeds the available context size, try increasing it',
        type: 'exceed_context_size_error',
      },
    },
  },
  TGI: {
    status: 422,
    body: {
      error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000',
      error_type: 'validation',
    },
  },
  Mistral: {
    status: 400,
    message: 'Prompt contains 40000 tokens, too large for model with 32768 maximum context length',
  },
  Gemini: {
    status: 400,
    message: 'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).',
  },
  Anthropic: { status: 400, message: 'prompt is too long: 210000 tokens > 200000 maximum' },
  'a proxy with a limit': { status: 413, body: '<html>Request Entity Too Large</html>' },
  'an error in the stream': {
    text: [],
    then: { error: { message: 'too long', code: 'context_length_exceeded' } },
  },
};

describe('a request that the model refuses', () => {
  for (const [name, refusal] of Object.entries(TOO_LONG)) {
    it(`is chat_context_too_long when it takes less text: ${name}`, async (t) => {
      const { chat, ask } = await createFixture(t);
      chat.respondWith(refusal);
      const error = await failure('chat_context_too_long', ask());
      assert.match(error.message, /^gpt-4.1-mini takes less text: ./);
      assert.equal(error.retryable, false);
      // Nothing was learnt about the provider but that it is there.
      await ask();
      assert.equal(chat.requests.length, 2);
    });
  }

  const refused: Record<string, FakeChatReply> = {
    'a 400': { status: 400, message: 'We cannot accept this.' },
    'a content filter': { status: 400, code: 'content_filter', message: 'We cannot accept this.' },
    'a 422 of FastAPI': { status: 422, body: { detail: 'We cannot accept this.' } },
    'an error in the stream': {
      text: [],
      then: { error: { message: 'We cannot accept this.', type: 'invalid_request_error' } },
    },
    'an error with status 200': { body: { error: { message: 'We cannot accept this.', code: 400 } } },
    'words of the model': { refusal: 'We cannot accept this.', usage: { prompt: 30, completion: 4 } },
  };
  for (const [name, refusal] of Object.entries(refused)) {
    it(`is chat_refused for another reason, told in its words: ${name}`, async (t) => {
      const { chat, ask } = await createFixture(t);
      chat.respondWith(refusal);
      const error = await failure('chat_refused', ask());
      assert.match(error.message, /refuses.*We cannot accept this\.$/);
      assert.equal(error.retryable, false);
      if ('refusal' in refusal) {
        assert.deepEqual(error.details['usage'], { promptTokens: 30, completionTokens: 4 });
      }
      await ask();
      assert.equal(chat.requests.length, 2);
    });
  }

  it('is told without what the server quotes of it at length', async (t) => {
    const { chat, ask } = await createFixture(t);
    chat.respondWith({
      status: 422,
      body: {
        detail: [{ loc: ['body', 'messages', 0], msg: 'Field required', input: 'секрет '.repeat(1_000) }],
      },
    });
    const error = await failure('chat_refused', ask());
    assert.match(error.message, /body\.messages\.0: Field required$/);
  });
});
