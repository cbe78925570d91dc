import { LOW_RATING_BIT, MAX_TEXT_TERMS, REVIEW_BIT, type WordMatches } from './queries.ts';
import type { Term } from '../understanding/search-terms.ts';

export interface RankedByWords {
  id: number;
  /** Sum of the weights of the words that it has. */
  score: number;
  /** From 1; chunks with the same score have the same. */
  rank: number;
}

/** What a word of the same meaning counts of one that was written. */
const RELATED_SHARE = 0.7;
/** What being a review, and one with few stars, counts where that is meant, in weights of words: one that a fifth has, has 1.6. */
const REVIEW_WEIGHT = 2;
const LOW_RATING_WEIGHT = 2;

/** The to_tsquery texts of terms: a bit each for the word itself and, where there are any, for those that mean the same. */
export interface TermBits {
  texts: string[];
  /** Bits by term. */
  bits: { own: number; related: number | undefined }[];
}

export function bitsOf(terms: readonly Term[]): TermBits {
  const texts: string[] = [];
  const bits: TermBits['bits'] = [];
  for (const { words, related } of terms) {
    if (texts.length === MAX_TEXT_TERMS) break;
    const own = texts.push(words.join(' | ')) - 1;
    const room = related.length > 0 && texts.length < MAX_TEXT_TERMS;
    bits.push({ own, related: room ? texts.push(related.join(' | ')) - 1 : undefined });
  }
  return { texts, bits };
}

/** What a mask has to have some of, so that its chunks are ranked by words. */
export function wordBits({ texts }: Pick<TermBits, 'texts'>): number {
  // Of nothing but `что не нравится` the bits above the words are left to rank by.
  return texts.length === 0 ? -1 : (1 << texts.length) - 1;
}

/**
 * Ranks chunks by the words that they have, each counting the more the fewer chunks have it (as in BM25, without lengths and
 * frequencies, which say little in texts of a few lines): `товар`, which stands in all of them, counts nothing.
 */
export function rankByWords(
  matches: readonly WordMatches[],
  { texts, bits }: TermBits,
  limit: number,
): RankedByWords[] {
  const total = matches.reduce((sum, { chunks }) => sum + chunks, 0);
  const has = (mask: number, bit: number) => ((mask >> bit) & 1) === 1;
  const weights = texts.map((_, bit) => {
    const having = matches.reduce((sum, { mask, chunks }) => (has(mask, bit) ? sum + chunks : sum), 0);
    return having === 0 ? 0 : Math.log(1 + (total - having + 0.5) / (having + 0.5));
  });
  const scoreOf = (mask: number): number => {
    let score = 0;
    for (const { own, related } of bits) {
      if (has(mask, own)) score += weights[own]!;
      else if (related !== undefined && has(mask, related)) score += RELATED_SHARE * weights[related]!;
    }
    if (has(mask, REVIEW_BIT)) score += REVIEW_WEIGHT;
    return has(mask, LOW_RATING_BIT) ? score + LOW_RATING_WEIGHT : score;
  };
  const words = wordBits({ texts });
  const scored = matches
    .filter(({ mask }) => (mask & words) !== 0)
    .map(({ mask, ids }) => ({ ids, mask, score: scoreOf(mask) }))
    .sort((a, b) => b.score - a.score || a.mask - b.mask);
  const ranked: RankedByWords[] = [];
  for (const { ids, score } of scored) {
    const rank = ranked.at(-1)?.score === score ? ranked.at(-1)!.rank : ranked.length + 1;
    // Of equals the last that were made, which are mostly the newest.
    for (const id of ids.toSorted((a, b) => b - a)) {
      if (ranked.length === limit) return ranked;
      ranked.push({ id, score, rank });
    }
  }
  return ranked;
}
