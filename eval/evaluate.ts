import { VARIANTS, type Adapter, type AnalyticsAnswer, type Variant } from './adapter.ts';
import { findDifference } from './compare-figures.ts';
import { DEPTH, groupBy, reportOf, scoreOf, type RetrievalReport, type Scored } from './metrics.ts';
import { ANALYTICS_KINDS, type AnalyticsKind } from './questions/question.ts';
import { SPLITS, type ResolvedAnalytics, type ResolvedSet, type Split } from './questions/resolve.ts';

export interface ScoredAnalytics {
  question: ResolvedAnalytics;
  answer: AnalyticsAnswer | undefined;
  /** Undefined: exactly right. */
  difference: string | undefined;
}

export interface AnalyticsScores {
  questions: number;
  answered: number;
  right: number;
}

export interface Evaluation {
  /** Identity of the vectors. */
  model: string;
  /** A variant that this version of the program does not have is absent. */
  retrieval: Partial<Record<Variant, RetrievalReport>>;
  analytics: {
    all: AnalyticsScores;
    splits: Partial<Record<Split, AnalyticsScores>>;
    kinds: Partial<Record<AnalyticsKind, AnalyticsScores>>;
  };
  /** Of the variant that users get. */
  scored: readonly Scored[];
  scoredAnalytics: readonly ScoredAnalytics[];
}

/** Asks every question in every way, one after the other. `progress` is told what is being done. */
export async function evaluate(
  adapter: Adapter,
  model: string,
  { retrieval, analytics }: ResolvedSet,
  progress: (line: string) => void,
): Promise<Evaluation> {
  const reports: Partial<Record<Variant, RetrievalReport>> = {};
  let scored: Scored[] = [];
  for (const variant of VARIANTS.filter((name) => adapter.supports(name))) {
    progress(`${model}: ${retrieval.length} questions, ${variant}`);
    scored = [];
    for (const question of retrieval) {
      const found = await adapter.search(question.text, variant, DEPTH);
      scored.push({ question, found, ...scoreOf(found, question.relevant) });
    }
    reports[variant] = reportOf(scored);
  }
  progress(`${model}: ${analytics.length} questions, analytics`);
  const scoredAnalytics: ScoredAnalytics[] = [];
  for (const question of analytics) {
    const answer = await adapter.answer(question.text);
    const difference =
      answer === undefined ? 'not answered' : findDifference(question.expected, answer.rows, question.top);
    scoredAnalytics.push({ question, answer, difference });
  }
  return {
    model,
    retrieval: reports,
    analytics: {
      all: countRight(scoredAnalytics),
      splits: groupBy(SPLITS, scoredAnalytics, ({ question }) => question.split, countRight),
      kinds: groupBy(ANALYTICS_KINDS, scoredAnalytics, ({ question }) => question.kind, countRight),
    },
    scored,
    scoredAnalytics,
  };
}

function countRight(scored: readonly ScoredAnalytics[]): AnalyticsScores {
  return {
    questions: scored.length,
    answered: scored.filter(({ answer }) => answer !== undefined).length,
    right: scored.filter(({ difference }) => difference === undefined).length,
  };
}
