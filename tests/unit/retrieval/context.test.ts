import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitContext } from '../../../src/retrieval/context.ts';
import { fuseRankings } from '../../../src/retrieval/fusion.ts';
import { LeastRecentlyUsed } from '../../../src/retrieval/lru.ts';
import type { SearchHit } from '../../../src/retrieval/search.ts';
import { bitsOf, rankByWords } from '../../../src/retrieval/text-ranking.ts';

const hit = (text: string): SearchHit => ({
  ...{ chunkId: 1, sourceTable: 'wb_reviews', sourceId: 1, chunkType: 'review', text, similarity: 0.5 },
  ...{ updatedAt: new Date(0), documentDate: null, score: 1 },
});

const textsOf = (texts: string[], maxLength: number) =>
  fitContext(texts.map(hit), maxLength).map(({ text }) => text);

describe('the context for a chat', () => {
  it('is whole texts, best first, within the length', () => {
    assert.deepEqual(textsOf(['первый', 'второй', 'третий'], 12), ['первый', 'второй']);
  });

  it('leaves out what is too long and takes what is behind it', () => {
    assert.deepEqual(textsOf(['а', 'б'.repeat(50), 'в'], 20), ['а', 'в']);
  });

  it('cuts the first when nothing else would be there, and no character in two', () => {
    assert.deepEqual(textsOf(['а🙂б', 'в'], 2), ['а', 'в']);
    assert.deepEqual(textsOf(['🙂'], 1), []);
    assert.deepEqual(textsOf([], 10), []);
  });
});

describe('fused rankings', () => {
  it('put first what both lists have high', () => {
    const scores = fuseRankings([
      {
        name: 'vector',
        weight: 1,
        ranks: new Map([
          [1, 1],
          [2, 2],
        ]),
      },
      {
        name: 'text',
        weight: 1,
        ranks: new Map([
          [2, 1],
          [3, 2],
        ]),
      },
    ]);
    const order = [...scores].sort((a, b) => b[1] - a[1]).map(([id]) => id);
    assert.deepEqual(order, [2, 1, 3]);
    assert.equal(scores.get(1), 1 / 61);
  });
});

describe('ranking by words', () => {
  const terms = [
    { words: ['товар'], related: [] },
    { words: ['молния'], related: ['замок'] },
  ];

  it('counts rare words more, and words that mean the same less', () => {
    const bits = bitsOf(terms);
    assert.deepEqual(bits.texts, ['товар', 'молния', 'замок']);
    const matches = [
      { mask: 0b001, chunks: 98, ids: [1, 2] },
      { mask: 0b011, chunks: 1, ids: [3] },
      { mask: 0b101, chunks: 1, ids: [4] },
      { mask: 0, chunks: 0, ids: [9] },
    ];
    const ranked = rankByWords(matches, bits, 10);
    assert.deepEqual(
      ranked.map(({ id, rank }) => [id, rank]),
      [
        [3, 1],
        [4, 2],
        [2, 3],
        [1, 3],
      ],
    );
    assert.equal(rankByWords(matches, bits, 3).length, 3);
  });

  it('finds nothing where there is none of the words', () => {
    assert.deepEqual(rankByWords([{ mask: 0, chunks: 5, ids: [1] }], bitsOf(terms), 10), []);
  });
});

describe('a bounded cache', () => {
  it('forgets what was not asked for for the longest', () => {
    const cache = new LeastRecentlyUsed<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    assert.equal(cache.get('a'), 1);
    cache.set('c', 3);
    assert.deepEqual([cache.get('a'), cache.get('b'), cache.get('c')], [1, undefined, 3]);
  });
});
