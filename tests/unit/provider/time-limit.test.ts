import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestTimeout, withTimeLimit } from '../../../src/provider/time-limit.ts';

/** Work that ends only when its signal is aborted, with an error of its own, as the `openai` package does. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('Request was aborted.'))),
  );
}

describe('a time limit', () => {
  it('ends what takes longer, and says that it did', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const work = withTimeLimit(100, new AbortController().signal, untilAborted);
    t.mock.timers.tick(100);
    await assert.rejects(work, RequestTimeout);
  });

  it('begins anew with each sign of life', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const live = Promise.withResolvers<(limitMs?: number) => void>();
    let isAborted = false;
    const work = withTimeLimit(100, new AbortController().signal, (signal, restart) => {
      signal.addEventListener('abort', () => void (isAborted = true));
      live.resolve(restart);
      return untilAborted(signal);
    });
    const restart = await live.promise;
    for (let i = 0; i < 5; i++) {
      t.mock.timers.tick(99);
      restart();
    }
    assert.equal(isAborted, false);
    restart(10);
    t.mock.timers.tick(10);
    await assert.rejects(work, RequestTimeout);
  });

  it('leaves nothing behind when the work is done', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let signal: AbortSignal | undefined;
    const outer = new AbortController();
    await withTimeLimit(100, outer.signal, (limited) => {
      signal = limited;
      return Promise.resolve();
    });
    t.mock.timers.tick(1_000);
    outer.abort();
    assert.equal(signal!.aborted, false);
  });

  it('hands the reason of the caller on', async () => {
    const outer = new AbortController();
    const work = withTimeLimit(60_000, outer.signal, untilAborted);
    outer.abort(new Error('enough'));
    await assert.rejects(work, /enough/);
    await assert.rejects(withTimeLimit(60_000, outer.signal, untilAborted), /enough/);
  });
});
