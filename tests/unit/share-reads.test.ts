import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shareReads } from '../../src/database/share-reads.ts';

/** A source of one number a key, whose reads are answered when the test says so. */
function createSource() {
  const reads: { key: string; answer: (error?: Error) => void }[] = [];
  const values = new Map<string, number>();
  const read = shareReads((key: string) => {
    const value = values.get(key) ?? 0;
    return new Promise<number>((resolve, reject) => {
      const answer = (error?: Error) => {
        if (error === undefined) resolve(value);
        else reject(error);
      };
      reads.push({ key, answer });
    });
  });
  return { reads, values, read };
}

describe('reads that are shared', () => {
  it('are one for those who come while another is under way, and see what was written before they came', async () => {
    const { reads, values, read } = createSource();
    const first = read('a');
    values.set('a', 1);
    const later = [read('a'), read('a'), read('a')];
    assert.equal(reads.length, 1);
    reads[0]!.answer();
    assert.equal(await first, 0);
    assert.equal(reads.length, 2);
    values.set('a', 2);
    const last = read('a');
    reads[1]!.answer();
    assert.deepEqual(await Promise.all(later), [1, 1, 1]);
    reads[2]!.answer();
    assert.equal(await last, 2);
    assert.equal(reads.length, 3);
  });

  it('are never two at once of one key, whenever somebody comes', async () => {
    const { reads, read } = createSource();
    void read('a');
    void read('a');
    reads[0]!.answer();
    // Between the end of the one and the beginning of the next, step by step.
    for (let step = 0; step < 10; step += 1) {
      await Promise.resolve();
      void read('a');
      assert.ok(reads.length <= 2, `step ${step}`);
    }
    assert.equal(reads.length, 2);
  });

  it('are apart for every key', () => {
    const { reads, read } = createSource();
    void read('a');
    void read('b');
    assert.deepEqual(
      reads.map(({ key }) => key),
      ['a', 'b'],
    );
  });

  it('fail for those who share them, and not for those who come after', async () => {
    const { reads, read } = createSource();
    const first = read('a');
    const shared = [read('a'), read('a')];
    reads[0]!.answer(new Error('one'));
    await assert.rejects(first, /one/);
    reads[1]!.answer(new Error('two'));
    for (const one of shared) await assert.rejects(one, /two/);
    const last = read('a');
    reads[2]!.answer();
    assert.equal(await last, 0);
  });
});
