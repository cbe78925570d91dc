import { NAMING_KINDS, RETRIEVAL_KINDS, type RetrievalKind } from './questions/question.ts';
import { SPLITS, type ResolvedRetrieval, type Split } from './questions/resolve.ts';

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
  /** Of the questions that were tuned by, and of those that were held out. */
  splits: Partial<Record<Split, Scores>>;
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
  return {
    all: meanOf(scored),
    naming: meanOf(scored.filter(({ question }) => NAMING_KINDS.has(question.kind))),
    splits: groupBy(SPLITS, scored, ({ question }) => question.split, meanOf),
    kinds: groupBy(RETRIEVAL_KINDS, scored, ({ question }) => question.kind, meanOf),
  };
}

/** What `summarise` makes of the items of each name that has any. */
export function groupBy<Name extends string, Item, Summary>(
  names: readonly Name[],
  items: readonly Item[],
  nameOf: (item: Item) => Name,
  summarise: (items: readonly Item[]) => Summary,
): Partial<Record<Name, Summary>> {
  const groups: Partial<Record<Name, Summary>> = {};
  for (const name of names) {
    const ofName = items.filter((item) => nameOf(item) === name);
    if (ofName.length > 0) groups[name] = summarise(ofName);
  }
  return groups;
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
