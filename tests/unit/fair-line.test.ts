import assert from 'node:assert/strict';
import { setImmediate as settled } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { isAppError } from '../../src/errors.ts';
import { createFairLine, type FairLine } from '../../src/fair-line.ts';

/** Work that ends when it is told to; what has begun, in order. */
function createWork(line: FairLine<string>) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    send: (asker: string, name: string, signal?: AbortSignal) =>
      line.run(
        asker,
        () => {
          begun.push(name);
          return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
        },
        signal,
      ),
    async end(name: string) {
      ends.get(name)!();
      await settled();
    },
  };
}

describe('a fair line', () => {
  it('lets whoever sent little wait for what is under way, and for nothing that waits', async () => {
    const work = createWork(createFairLine({ permits: 1 }));
    const all = Array.from({ length: 300 }, (_, place) => work.send('greedy', `g${place}`));
    all.push(work.send('modest', 'm0'), work.send('modest', 'm1'));
    await settled();
    for (const name of ['g0', 'm0', 'g1', 'm1']) await work.end(name);
    assert.deepEqual(work.begun, ['g0', 'm0', 'g1', 'm1', 'g2']);
    for (let place = 2; place < 300; place += 1) await work.end(`g${place}`);
    assert.equal((await Promise.all(all)).length, 302);
    const rest = Array.from({ length: 298 }, (_, place) => `g${place + 2}`);
    assert.deepEqual(work.begun.slice(4), rest);
  });

  it('is fair to whoever sent much, too: those who come again and again take turns with him', async () => {
    const work = createWork(createFairLine({ permits: 1 }));
    for (let place = 0; place < 9; place += 1) void work.send('greedy', `g${place}`);
    void work.send('a', 'a0');
    void work.send('b', 'b0');
    await settled();
    // Each of the others sends his next when he has his answer.
    for (let done = 0; done < 9; done += 1) {
      const name = work.begun.at(-1)!;
      const [asker, number] = [name[0]!, Number(name.slice(1))];
      await work.end(name);
      if (asker !== 'g') void work.send(asker, `${asker}${number + 1}`);
      await settled();
    }
    for (const asker of ['g', 'a', 'b'])
      assert.ok(work.begun.filter((name) => name.startsWith(asker)).length >= 3, work.begun.join(' '));
  });

  it('works on no more of one asker than his share, and on others beside it', async () => {
    const work = createWork(
      createFairLine({ permits: 4, permitsEach: 2 }, (asker) => (asker === 'big' ? 2 : 1)),
    );
    for (const name of ['a0', 'a1', 'a2']) void work.send('a', name);
    await settled();
    assert.deepEqual(work.begun, ['a0', 'a1']);
    for (const name of ['big0', 'big1', 'big2']) void work.send('big', name);
    await settled();
    assert.deepEqual(work.begun, ['a0', 'a1', 'big0', 'big1']);
    await work.end('a0');
    await work.end('a1');
    assert.deepEqual(work.begun.slice(4).sort(), ['a2', 'big2']);
  });

  it('refuses at once what may not wait any more, and only of him', async () => {
    const work = createWork(createFairLine({ permits: 1, waitingEach: 1 }));
    void work.send('a', 'a0');
    void work.send('a', 'a1');
    await assert.rejects(
      work.send('a', 'a2'),
      (error) => isAppError(error, 'key_busy') && Number(error.details['retryAfterMs']) > 0,
    );
    const other = work.send('b', 'b0');
    await work.end('a0');
    assert.deepEqual(work.begun, ['a0', 'b0']);
    await work.end('b0');
    const late = work.send('a', 'a3');
    await work.end('a1');
    await work.end('a3');
    assert.deepEqual(await Promise.all([other, late]), ['b0', 'a3']);
  });

  it('lets go of what is aborted in line, and goes on after work that failed', async () => {
    const line = createFairLine<string>({ permits: 1 });
    const work = createWork(line);
    const abort = new AbortController();
    void work.send('a', 'a0');
    const given = work.send('b', 'b0', abort.signal);
    const next = work.send('c', 'c0');
    abort.abort(new Error('gone'));
    await assert.rejects(given, /gone/);
    await assert.rejects(
      line.run('d', () => Promise.resolve(), abort.signal),
      /gone/,
    );
    await work.end('a0');
    await work.end('c0');
    assert.equal(await next, 'c0');
    await assert.rejects(
      line.run('a', () => Promise.reject(new Error('failed'))),
      /failed/,
    );
    assert.equal(await line.run('b', () => Promise.resolve(7)), 7);
  });
});
