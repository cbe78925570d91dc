/** From the paper that proposed it (Cormack et al., 2009); a first place in one list outweighs two middling ones. */
const RANK_CONSTANT = 60;

export interface Ranking {
  /** What the parts of `explain` are called. */
  name: 'vector' | 'text' | 'recency';
  weight: number;
  /** Id → rank from 1. Equals share a rank. */
  ranks: ReadonlyMap<number, number>;
}

/** Reciprocal rank fusion: what a chunk is worth is the sum of 1 ÷ (60 + rank) over the lists that it is in, weighted. */
export function fuseRankings(rankings: readonly Ranking[]): Map<number, number> {
  const scores = new Map<number, number>();
  for (const { weight, ranks } of rankings) {
    for (const [id, rank] of ranks) {
      scores.set(id, (scores.get(id) ?? 0) + weight / (RANK_CONSTANT + rank));
    }
  }
  return scores;
}
