import type { Evaluation } from './evaluate.ts';
import type { RetrievalReport } from './metrics.ts';

/** What is promised of the local embedder; with a semantic one it is only measured. */
const HIT_OF_ALL = 0.9;
const HIT_OF_NAMING = 0.95;
const ANALYTICS_RIGHT = 0.95;

/** Promises that an evaluation does not keep, as sentences. */
export function brokenPromises({ retrieval, analytics }: Evaluation): string[] {
  const broken: string[] = [];
  const { understood, vector, text } = retrieval;
  if (understood === undefined) broken.push('Hybrid search with understanding was not measured.');
  else {
    if (understood.all.questions > 0 && understood.all.hit < HIT_OF_ALL)
      broken.push(`hit@5 is ${shown(understood.all.hit)}, promised ${shown(HIT_OF_ALL)}.`);
    if (understood.naming.questions > 0 && understood.naming.hit < HIT_OF_NAMING)
      broken.push(
        `hit@5 of questions that name a product, type or period is ${shown(understood.naming.hit)}, promised ${shown(HIT_OF_NAMING)}.`,
      );
    for (const [name, alone] of Object.entries({ vector, text }))
      if (alone !== undefined && !isBetter(understood, alone))
        broken.push(`Hybrid search with understanding is not better than ${name} alone.`);
  }
  const { right, questions } = analytics.all;
  if (questions > 0 && right / questions < ANALYTICS_RIGHT)
    broken.push(
      `${right} of ${questions} analytics questions are answered exactly, promised ${shown(ANALYTICS_RIGHT)}.`,
    );
  return broken;
}

/** More hits, and not bought with a worse order. */
function isBetter({ all: one }: RetrievalReport, { all: other }: RetrievalReport): boolean {
  return one.hit > other.hit && one.reciprocalRank > other.reciprocalRank && one.precision > other.precision;
}

function shown(share: number): string {
  return share.toFixed(3);
}
