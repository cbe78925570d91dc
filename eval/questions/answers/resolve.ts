import {
  countRows,
  fillIn,
  read,
  readFigures,
  readGiven,
  readKeys,
  type Asking,
  type Figures,
} from '../asked-data.ts';
import type { Split } from '../resolve.ts';
import type { AnswerQuestion, Right, Saying } from './question.ts';

/** Every row that is shown has to be right: of half of the tables' rows that is still a question. */
const MAX_RIGHT_SHARE = 0.5;

/** A `Right` with the shop's values in it. */
export type ResolvedRight =
  | { figures: readonly Figures[]; top?: Extract<Right, { figures: string }>['top'] }
  /** `wb_orders/17` */
  | { rows: ReadonlySet<string> }
  | { themes: readonly string[] }
  | { says: Saying; words: string }
  | { talk: true }
  | { either: readonly (readonly ResolvedRight[])[] };

export interface ResolvedAnswer extends Pick<AnswerQuestion, 'kind' | 'language' | 'orHonest'> {
  /** `tuning/answers/period/3`: the third of its kind in its part. */
  id: string;
  split: Split;
  text: string;
  after: readonly string[];
  right: readonly ResolvedRight[];
  /** Why it cannot be asked of this data; then it is a fault of the set. */
  fault: string | undefined;
}

interface Resolving {
  asking: Asking;
  given: string | undefined;
  tables: ReadonlyMap<string, number>;
  fill: (template: string) => string;
  fault: (reason: string) => void;
}

/** Fills in what the data says, and works out the right answers. Reads only. */
export async function resolveAnswers(
  asking: Asking,
  questions: readonly AnswerQuestion[],
  split: Split,
): Promise<ResolvedAnswer[]> {
  const tables = await countRows(asking);
  const numbers = new Map<string, number>();
  const resolved: ResolvedAnswer[] = [];
  for (const question of questions) {
    const number = (numbers.get(question.kind) ?? 0) + 1;
    numbers.set(question.kind, number);
    const id = `${split}/answers/${question.kind}/${number}`;
    resolved.push({ ...(await resolveAnswer(asking, question, tables)), id, split });
  }
  return resolved;
}

async function resolveAnswer(
  asking: Asking,
  { kind, given, language, orHonest, ...question }: AnswerQuestion,
  tables: ReadonlyMap<string, number>,
): Promise<Omit<ResolvedAnswer, 'id' | 'split'>> {
  const values = await readGiven(asking, given);
  const faults: string[] = [];
  const fill = (template: string): string => {
    const { text, fault } = fillIn(template, values);
    if (fault !== undefined) faults.push(fault);
    return text;
  };
  const resolving = { asking, given, tables, fill, fault: (reason: string) => void faults.push(reason) };
  const text = fill(question.text);
  const after = (question.after ?? []).map(fill);
  const right = await resolveAll(resolving, question.right);
  if (right.length === 0) faults.push('nothing is said to be right');
  return {
    ...{ kind, text, after, right },
    ...(language === undefined ? {} : { language }),
    ...(orHonest === undefined ? {} : { orHonest }),
    fault: faults.length === 0 ? undefined : [...new Set(faults)].join('; '),
  };
}

async function resolveAll(resolving: Resolving, rights: readonly Right[]): Promise<ResolvedRight[]> {
  const resolved: ResolvedRight[] = [];
  for (const right of rights) resolved.push(await resolveRight(resolving, right));
  return resolved;
}

async function resolveRight(resolving: Resolving, right: Right): Promise<ResolvedRight> {
  const { asking, given, fault } = resolving;
  if ('talk' in right) return right;
  if ('either' in right) {
    const either: ResolvedRight[][] = [];
    for (const alternative of right.either)
      either.push(
        await resolveAll(resolving, Array.isArray(alternative) ? alternative : [alternative as Right]),
      );
    return { either };
  }
  if ('says' in right) {
    if (right.absent !== undefined && (await read(asking, given, right.absent)).length > 0)
      fault(`the shop has what should be unknown to it: ${right.words}`);
    return { says: right.says, words: resolving.fill(right.words) };
  }
  if ('themes' in right) {
    const rows = await read(asking, given, right.themes);
    if (rows.length === 0) fault('no review speaks of anything');
    return { themes: rows.map(({ theme }) => String(theme)) };
  }
  if ('rows' in right) return { rows: await resolveRows(resolving, right.rows) };
  const figures = await readFigures(asking, given, right.figures);
  const enough = right.top !== undefined && 'exactly' in right.top ? right.top.exactly : 1;
  if (figures.length < enough || figures.every((row) => Object.values(row).includes(null)))
    fault('the data has no answer');
  return { figures, ...(right.top === undefined ? {} : { top: right.top }) };
}

async function resolveRows(
  { asking, given, tables, fault }: Resolving,
  statements: readonly string[],
): Promise<ReadonlySet<string>> {
  const keys = await readKeys(asking, given, statements);
  const found = new Set([...keys].map((key) => key.split('/')[0]!));
  const total = [...found].reduce((count, table) => count + tables.get(table)!, 0);
  if (keys.size === 0) fault('no row is right');
  else if (keys.size > MAX_RIGHT_SHARE * total)
    fault(`${keys.size} of ${total} rows are right: that is no question`);
  return keys;
}
