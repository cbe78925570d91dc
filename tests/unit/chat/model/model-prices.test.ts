import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { priceOfChatModel } from '../../../../src/chat/model/model-prices.ts';
import { DEFAULT_BASE_URL } from '../../../../src/provider/openai-client.ts';
import { loadConfig } from '../../../../src/load-config.ts';

describe('the price of a language model', () => {
  it('is known of OpenAI’s, the configured default among them', () => {
    const { OPENAI_CHAT_MODEL } = loadConfig({});
    assert.deepEqual(priceOfChatModel(OPENAI_CHAT_MODEL, DEFAULT_BASE_URL), { prompt: 0.4, completion: 1.6 });
    assert.deepEqual(priceOfChatModel('gpt-4o', DEFAULT_BASE_URL), { prompt: 2.5, completion: 10 });
  });

  it('is the model’s own for its dated snapshots, unless one has another', () => {
    const price = (model: string): number | undefined => priceOfChatModel(model, DEFAULT_BASE_URL)?.prompt;
    assert.equal(price('gpt-4.1-mini-2025-04-14'), 0.4);
    assert.equal(price('gpt-4o-2024-05-13'), 5);
    assert.equal(price('gpt-4o-2024-11-20'), 2.5);
  });

  it('is not known, rather than nothing, of other models and servers', () => {
    for (const model of ['gpt-9', 'gpt-4.1-mini-preview', 'constructor', '']) {
      assert.equal(priceOfChatModel(model, DEFAULT_BASE_URL), null);
    }
    for (const server of [
      'https://openrouter.ai/api/v1',
      'http://localhost:11434/v1',
      'https://eu.api.openai.com/v1',
    ]) {
      assert.equal(priceOfChatModel('gpt-4.1-mini', server), null);
    }
  });
});
