import type { AnswerRow } from './compare-figures.ts';
import { standingOf } from './figures-standing.ts';
import type { Saying } from './questions/answers/question.ts';
import type { ResolvedAnswer, ResolvedRight } from './questions/answers/resolve.ts';

export const VERDICTS = ['right', 'incomplete', 'honest', 'unhelpful', 'confident-wrong'] as const;
export type Verdict = (typeof VERDICTS)[number];
/** What a seller can live with. */
export const ACCEPTABLE: ReadonlySet<Verdict> = new Set<Verdict>(['right', 'incomplete', 'honest']);

/** What of an answer is judged. */
export interface JudgedAnswer {
  language: 'ru' | 'en';
  /** What it says before any figure and any row; undefined: nothing that takes something back. */
  first: Saying | 'talk' | 'ask-back' | undefined;
  figures: readonly JudgedFigures[];
  /** `wb_orders/17`: the rows that are shown. */
  rows: readonly string[];
  text: string;
}

export interface JudgedFigures {
  function: string;
  parameters: unknown;
  rows: readonly AnswerRow[];
}

export interface Judgement {
  verdict: Verdict;
  reason: string;
}

/** How an answer stands to one thing that it must have. */
interface Standing {
  is: 'right' | 'partly' | 'said' | 'missing' | 'hedged' | 'wrong';
  reason: string;
}

/** Best first: of several parts of one alternative the last one counts. */
const ORDER: readonly Standing['is'][] = ['right', 'partly', 'said', 'missing', 'hedged', 'wrong'];

/** Of alternatives the first one counts: one that was tried and is wrong says more than one that is missing. */
const CHOICE: readonly Standing['is'][] = ['right', 'partly', 'said', 'wrong', 'hedged', 'missing'];

/** What was said is true of a question that has an answer: no word about the data, only about the reading. */
const CANNOT: ReadonlySet<JudgedAnswer['first']> = new Set<JudgedAnswer['first']>(['unread', 'ask-back']);
/** Either says that a word is not among the shop's. */
const UNKNOWN: ReadonlySet<JudgedAnswer['first']> = new Set<JudgedAnswer['first']>(['unread', 'none']);

interface Case {
  answer: JudgedAnswer;
  orHonest: boolean;
  /** Said first, and not what another part of the right answer asks to be said. */
  claim: JudgedAnswer['first'];
  /** Results that say something. */
  results: readonly JudgedFigures[];
  /** Of these, those that bear out no part. */
  strays: readonly JudgedFigures[];
  wantsRows: boolean;
}

/** Whether a seller can act on the answer, and if not, whether it misleads. */
export function judgeAnswer(question: ResolvedAnswer, answer: JudgedAnswer): Judgement {
  const leaves = question.right.flatMap(leavesOf);
  const results = answer.figures.filter(({ rows }) => rows.some(saysSomething));
  const judged: Case = {
    answer,
    orHonest: question.orHonest === true,
    claim: leaves.some((leaf) => 'says' in leaf && isSaid(leaf.says, answer.first))
      ? undefined
      : answer.first,
    results,
    strays: results.filter(({ rows }) => !leaves.some((leaf) => 'figures' in leaf && bearsOut(leaf, rows))),
    wantsRows: leaves.some((leaf) => 'rows' in leaf),
  };
  const standings = question.right.map((right) => standingTo(right, judged));
  const first = (is: Standing['is']) => standings.find((standing) => standing.is === is);
  const verdict = (name: Verdict, is: Standing['is']): Judgement => ({
    verdict: name,
    reason: first(is)?.reason ?? '',
  });
  if (first('wrong') !== undefined) return verdict('confident-wrong', 'wrong');
  if (standings.every(({ is }) => is === 'right'))
    return answer.language === (question.language ?? 'ru')
      ? { verdict: 'right', reason: 'everything is there' }
      : { verdict: 'incomplete', reason: `answered in ${answer.language}` };
  if (first('hedged') !== undefined) return verdict('unhelpful', 'hedged');
  if (standings.some(({ is }) => is === 'right' || is === 'partly')) {
    const lacking = standings.find(({ is }) => is !== 'right')!;
    return { verdict: 'incomplete', reason: lacking.reason };
  }
  if (first('said') !== undefined) return verdict('honest', 'said');
  return verdict('unhelpful', 'missing');
}

function standingTo(right: ResolvedRight, judged: Case): Standing {
  if ('either' in right) {
    const alternatives = right.either.map((parts) => worst(parts.map((part) => standingTo(part, judged))));
    return CHOICE.flatMap((is) => alternatives.filter((standing) => standing.is === is))[0]!;
  }
  if ('figures' in right) return ofFigures(right, judged);
  if ('rows' in right) return ofRows(right.rows, judged);
  if ('themes' in right) return ofThemes(right.themes, judged);
  return 'says' in right ? ofSaying(right, judged) : ofTalk(judged);
}

/** Of several things in one alternative: the worst counts, but one that is right makes what is missing a part. */
function worst(standings: readonly Standing[]): Standing {
  const last = standings.reduce((one, next) => (rank(next) > rank(one) ? next : one));
  const hasPart = standings.some(({ is }) => is === 'right' || is === 'partly');
  return hasPart && ['said', 'missing'].includes(last.is) ? { is: 'partly', reason: last.reason } : last;
}

function ofFigures(right: Extract<ResolvedRight, { figures: unknown }>, judged: Case): Standing {
  const found = judged.results.map(({ rows }) => standingOf(right, rows));
  for (const is of ['right', 'partly'] as const) {
    const fitting = found.find((standing) => standing.is === is);
    if (fitting !== undefined) return { is, reason: fitting.reason };
  }
  // Another figure in the place of the one that was asked for misleads as much as a wrong one.
  const strays = judged.strays.map(({ rows }) => standingOf(right, rows));
  const stray = strays.find(({ is }) => is === 'wrong') ?? strays[0];
  if (stray !== undefined) return claimed(judged, { is: 'wrong', reason: stray.reason });
  return claimed(judged, {
    is: 'missing',
    reason: judged.answer.rows.length > 0 ? 'rows in place of a figure' : 'no figure',
  });
}

function ofRows(right: ReadonlySet<string>, judged: Case): Standing {
  const { rows } = judged.answer;
  const other = rows.find((row) => !right.has(row));
  if (other !== undefined)
    return claimed(judged, { is: 'wrong', reason: `${other} is none of the rows asked for` });
  if (rows.length > 0) return { is: 'right', reason: 'the rows' };
  const totals = judged.strays.flatMap(({ rows: [row], rows: { length } }) =>
    length === 1 && row !== undefined && !('key' in row) ? Object.values(row) : [],
  );
  if (totals.some((cell) => Number(cell) === right.size))
    return { is: 'partly', reason: 'how many there are, and none shown' };
  if (judged.strays.length > 0)
    return claimed(judged, {
      is: 'wrong',
      reason: 'a figure in place of the rows, and not how many there are',
    });
  return claimed(judged, { is: 'missing', reason: 'no rows' });
}

function ofThemes(themes: readonly string[], judged: Case): Standing {
  const named = themes.filter((theme) => has(judged.answer.text, theme)).length;
  if (named >= Math.min(2, themes.length)) return { is: 'right', reason: `${named} themes` };
  if (named > 0) return { is: 'partly', reason: 'one theme of several' };
  return claimed(judged, { is: 'missing', reason: 'no theme is named' });
}

function ofSaying({ says, words }: Extract<ResolvedRight, { says: unknown }>, judged: Case): Standing {
  const { answer, strays } = judged;
  const isHonest = answer.first !== undefined && answer.first !== 'talk';
  const rowsInstead = !judged.wantsRows && answer.rows.length > 0;
  if (strays.length > 0 || rowsInstead) {
    const reason = `${strays.length > 0 ? 'a figure' : 'rows'} in place of what cannot be had`;
    if (isHonest) return { is: 'hedged', reason };
    return { is: strays.length > 0 ? 'wrong' : 'missing', reason };
  }
  if (!isHonest) return { is: 'missing', reason: `does not say ${says}` };
  if (!isSaid(says, answer.first)) return { is: 'said', reason: `says ${answer.first}, not ${says}` };
  return has(answer.text, words)
    ? { is: 'right', reason: `says ${answer.first}` }
    : { is: 'said', reason: `does not name /${words}/` };
}

function ofTalk({ answer, results }: Case): Standing {
  if (results.length > 0) return { is: 'wrong', reason: 'a figure that nobody asked for' };
  if (answer.rows.length > 0) return { is: 'missing', reason: 'rows that nobody asked for' };
  if (answer.first === 'talk' || answer.first === 'ask-back') return { is: 'right', reason: answer.first };
  return answer.first === undefined
    ? { is: 'missing', reason: 'no answer of its own' }
    : { is: 'said', reason: `says ${answer.first}` };
}

/** What a bad standing comes to behind what the answer says first. */
function claimed({ answer, claim, orHonest }: Case, standing: Standing): Standing {
  if (claim === undefined || claim === 'talk') return standing;
  const isBare = standing.is === 'missing' && answer.rows.length === 0;
  if (orHonest && isBare) return { is: 'right', reason: `says ${claim}` };
  if (!CANNOT.has(claim))
    return { is: 'wrong', reason: `says ${claim}, though the data has it; ${standing.reason}` };
  if (standing.is === 'wrong') return { is: 'hedged', reason: `${standing.reason}, behind "${claim}"` };
  return isBare ? { is: 'said', reason: `says ${claim}` } : standing;
}

function isSaid(saying: Saying, first: JudgedAnswer['first']): boolean {
  return saying === first || (UNKNOWN.has(saying) && UNKNOWN.has(first));
}

function bearsOut(leaf: Extract<ResolvedRight, { figures: unknown }>, rows: readonly AnswerRow[]): boolean {
  return ['right', 'partly'].includes(standingOf(leaf, rows).is);
}

function leavesOf(right: ResolvedRight): ResolvedRight[] {
  return 'either' in right ? right.either.flatMap((parts) => parts.flatMap(leavesOf)) : [right];
}

function rank({ is }: Standing): number {
  return ORDER.indexOf(is);
}

/** Not the name of a group alone, and no empty cells: a period of which nothing is known has no figures. */
function saysSomething(row: AnswerRow): boolean {
  return Object.entries(row).some(([name, value]) => name !== 'key' && value !== null);
}

/** Without regard to capitals and ё. */
function has(text: string, pattern: string): boolean {
  const plain = (value: string) => value.toLowerCase().replaceAll('ё', 'е');
  return new RegExp(plain(pattern), 'u').test(plain(text));
}
