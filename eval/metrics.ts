import { NAMING_KINDS, RETRIEVAL_KINDS, type RetrievalKind } from './questions/question.ts';
import type { ResolvedRetrieval } from './questions/resolve.ts';

/** Hits that a person looks at. */
export const SHOWN = 5;
/** How far down the first right hit is looked for. */
export const DEPTH = 10;

export interface Score {
  /** 1 or 0: a right row among the first five. */
  hit: number;
  /** 1 / place of the first right row, 0 beyond the tenth. */
  reciprocalRank: number;
  /** Right rows among the first five, of five or of as many as there are. */
  precision: number;
}

export interface Scores {
  questions: number;
  hit: number;
  reciprocalRank: number;
  precision: number;
}

export interface RetrievalReport {
  all: Scores;
  /** Of the kinds that name a product, a type or a period. */
  naming: Scores;
  kinds: Partial<Record<RetrievalKind, Scores>>;
}

export interface Scored extends Score {
  question: ResolvedRetrieval;
  /** `wb_orders/17`, best first. */
  found: readonly string[];
}

/** `found` best first, `DEPTH` at most. */
export function scoreOf(found: readonly string[], relevant: ReadonlySet<string>): Score {
  const place = found.slice(0, DEPTH).findIndex((key) => relevant.has(key));
  const right = found.slice(0, SHOWN).filter((key) => relevant.has(key)).length;
  return {
    hit: right > 0 ? 1 : 0,
    reciprocalRank: place < 0 ? 0 : 1 / (place + 1),
    precision: right / Math.min(SHOWN, relevant.size),
  };
}

export function reportOf(scored: readonly Scored[]): RetrievalReport {
  const kinds = RETRIEVAL_KINDS.flatMap((kind): [RetrievalKind, Scores][] => {
    const ofKind = scored.filter(({ question }) => question.kind === kind);
    return ofKind.length === 0 ? [] : [[kind, meanOf(ofKind)]];
  });
  return {
    all: meanOf(scored),
    naming: meanOf(scored.filter(({ question }) => NAMING_KINDS.has(question.kind))),
    kinds: Object.fromEntries(kinds),
  };
}

function meanOf(scores: readonly Score[]): Scores {
  const mean = (of: keyof Score) =>
    scores.length === 0 ? 0 : scores.reduce((sum, score) => sum + score[of], 0) / scores.length;
  return {
    questions: scores.length,
    hit: mean('hit'),
    reciprocalRank: mean('reciprocalRank'),
    precision: mean('precision'),
  };
}
