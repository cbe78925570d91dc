import {
  countRows,
  fillIn,
  readFigures,
  readGiven,
  readKeys,
  type Asking,
  type Figures,
} from './asked-data.ts';
import type { AnalyticsQuestion, QuestionSet, RetrievalQuestion } from './question.ts';

/** More relevant rows than this share of the tables that they are in, and whoever guesses the table right is right. */
const MAX_RELEVANT_SHARE = 0.25;

export const SPLITS = ['tuning', 'holdout'] as const;
export type Split = (typeof SPLITS)[number];

interface Resolved {
  /** `tuning/period/3`: the third of its kind in its file. */
  id: string;
  split: Split;
  /** With the values of the data in it. */
  text: string;
  /** Why it cannot be asked of this data; then it is a fault of the set. */
  fault: string | undefined;
}

export interface ResolvedRetrieval extends Resolved, Pick<RetrievalQuestion, 'kind'> {
  /** `wb_orders/17` */
  relevant: ReadonlySet<string>;
  /** Of the rows of the tables that relevant rows are in, 0 to 1. */
  share: number;
  /** The probability that five random rows of these tables hold a relevant one, 0 to 1. */
  chance: number;
}

export interface ResolvedAnalytics extends Resolved, Pick<AnalyticsQuestion, 'kind' | 'top'> {
  expected: readonly Figures[];
}

export interface ResolvedSet {
  retrieval: ResolvedRetrieval[];
  analytics: ResolvedAnalytics[];
}

/** Fills in what the data says, and works out the right answers. Reads only. */
export async function resolveQuestions(asking: Asking, set: QuestionSet, split: Split): Promise<ResolvedSet> {
  const tables = await countRows(asking);
  const numbers = new Map<string, number>();
  const idOf = (kind: string): string => {
    const number = (numbers.get(kind) ?? 0) + 1;
    numbers.set(kind, number);
    return `${split}/${kind}/${number}`;
  };
  const retrieval: ResolvedRetrieval[] = [];
  for (const question of set.retrieval)
    retrieval.push({ ...(await resolveRetrieval(asking, question, tables)), id: idOf(question.kind), split });
  const analytics: ResolvedAnalytics[] = [];
  for (const question of set.analytics)
    analytics.push({ ...(await resolveAnalytics(asking, question)), id: idOf(question.kind), split });
  return { retrieval, analytics };
}

async function resolveRetrieval(
  asking: Asking,
  { kind, given, relevant, ...question }: RetrievalQuestion,
  tables: ReadonlyMap<string, number>,
): Promise<Omit<ResolvedRetrieval, 'id' | 'split'>> {
  const { text, fault } = fillIn(question.text, await readGiven(asking, given));
  const keys = await readKeys(asking, given, relevant);
  const found = new Set([...keys].map((key) => key.split('/')[0]!));
  const total = [...found].reduce((count, table) => count + tables.get(table)!, 0);
  const share = total === 0 ? 0 : keys.size / total;
  const trivial =
    share > MAX_RELEVANT_SHARE
      ? `${keys.size} of ${total} rows are relevant: that is no question`
      : undefined;
  return {
    kind,
    text,
    fault: fault ?? (keys.size === 0 ? 'no row is relevant' : trivial),
    relevant: keys,
    share,
    chance: chanceOfHit(keys.size, total, 5),
  };
}

async function resolveAnalytics(
  asking: Asking,
  { kind, given, expected, top, ...question }: AnalyticsQuestion,
): Promise<Omit<ResolvedAnalytics, 'id' | 'split'>> {
  const { text, fault } = fillIn(question.text, await readGiven(asking, given));
  const rows = await readFigures(asking, given, expected);
  const isEmpty = rows.length === 0 || rows.every((row) => Object.values(row).includes(null));
  const enough = top !== undefined && 'exactly' in top ? top.exactly : 1;
  return {
    kind,
    text,
    fault: fault ?? (isEmpty || rows.length < enough ? 'the data has no answer' : undefined),
    expected: rows,
    ...(top === undefined ? {} : { top }),
  };
}

/** That `draws` of `total` without putting back hold at least one of `relevant`. */
function chanceOfHit(relevant: number, total: number, draws: number): number {
  let missed = 1;
  for (let drawn = 0; drawn < Math.min(draws, total); drawn++)
    missed *= Math.max(0, total - relevant - drawn) / (total - drawn);
  return 1 - missed;
}
