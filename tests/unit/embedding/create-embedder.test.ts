import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { createEmbedder } from '../../../src/embedding/create-embedder.ts';
import { createLog } from '../../../src/log.ts';

const config = { model: 'text-embedding-3-small', batchSize: 100, concurrency: 4, requestTimeoutMs: 1_000 };

function createWith(extra: object): { provider: string; lines: string[] } {
  const destination = new PassThrough();
  const log = createLog({ level: 'info', format: 'json', destination });
  const { provider } = createEmbedder({ ...config, ...extra }, log);
  return {
    provider,
    lines: String(destination.read() ?? '')
      .split('\n')
      .slice(0, -1),
  };
}

describe('the embedder of a configuration', () => {
  it('is local without a key, and the log says once what that means and what to set', () => {
    for (const openaiApiKey of [undefined, '', '  ']) {
      const { provider, lines } = createWith({ openaiApiKey });
      assert.equal(provider, 'local');
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, /lexical, not semantic.*OPENAI_API_KEY/);
    }
    assert.match(createWith({ openaiBaseUrl: 'http://localhost:11434/v1' }).lines[0]!, /OPENAI_BASE_URL/);
  });

  it('is that of OpenAI with a key, and the log is silent', () => {
    assert.deepEqual(createWith({ openaiApiKey: 'sk-test', openaiBaseUrl: '' }), {
      provider: 'openai',
      lines: [],
    });
  });
});
