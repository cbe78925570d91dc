import { VARIANTS, VARIANT_TITLES } from './adapter.ts';
import type { Evaluation } from './evaluate.ts';
import type { Scores } from './metrics.ts';
import { NAMING_KINDS, RETRIEVAL_KINDS, ANALYTICS_KINDS } from './questions/question.ts';
import { SPLITS, type ResolvedRetrieval, type ResolvedSet, type Split } from './questions/resolve.ts';

const SPLIT_TITLES: Readonly<Record<Split, string>> = { tuning: 'tuned by', holdout: 'held out' };

type Table = readonly (readonly string[])[];

/** Tables of an evaluation: hit@5, MRR and precision@5 by kind and way to search, then analytics by kind. */
export function writeReport(
  { model, retrieval, analytics }: Evaluation,
  { retrieval: questions }: ResolvedSet,
  format: 'text' | 'markdown',
): string {
  const write = format === 'markdown' ? markdown : columns;
  const scores = (of: (kinds: NonNullable<(typeof retrieval)['vector']>) => Scores | undefined) =>
    VARIANTS.map((variant) => {
      const report = retrieval[variant];
      const found = report === undefined ? undefined : of(report);
      return found === undefined
        ? 'not supported'
        : [found.hit, found.reciprocalRank, found.precision].map((share) => share.toFixed(2)).join(' / ');
    });
  const row = (
    title: string,
    isOf: (question: ResolvedRetrieval) => boolean,
    of: Parameters<typeof scores>[0],
  ): string[][] => {
    const chances = questions.filter(isOf).map(({ chance }) => chance);
    const mean = chances.reduce((sum, chance) => sum + chance, 0) / chances.length;
    return chances.length === 0 ? [] : [[title, String(chances.length), mean.toFixed(2), ...scores(of)]];
  };
  const found: Table = [
    ['kind', 'questions', 'chance', ...VARIANTS.map((variant) => VARIANT_TITLES[variant])],
    ...row(
      'all',
      () => true,
      ({ all }) => all,
    ),
    ...row(
      'name a product, type or period',
      ({ kind }) => NAMING_KINDS.has(kind),
      ({ naming }) => naming,
    ),
    ...SPLITS.flatMap((split) =>
      row(
        SPLIT_TITLES[split],
        (question) => question.split === split,
        ({ splits }) => splits[split],
      ),
    ),
    ...RETRIEVAL_KINDS.flatMap((kind) =>
      row(
        NAMING_KINDS.has(kind) ? `${kind} *` : kind,
        (question) => question.kind === kind,
        ({ kinds }) => kinds[kind],
      ),
    ),
  ];
  const counted: Table = [
    ['kind', 'questions', 'answered', 'exactly right'],
    ...[
      ['all', analytics.all] as const,
      ...SPLITS.map((split) => [SPLIT_TITLES[split], analytics.splits[split]] as const),
      ...ANALYTICS_KINDS.map((kind) => [kind, analytics.kinds[kind]] as const),
    ].flatMap(([kind, count]) =>
      count === undefined
        ? []
        : [[kind, String(count.questions), String(count.answered), String(count.right)]],
    ),
  ];
  return [
    `Retrieval with ${model}: hit@5 / MRR@10 / precision@5`,
    write(found),
    `* names a product, type or period. chance: hit@5 of five random rows of the right tables`,
    'Analytics',
    write(counted),
  ].join('\n\n');
}

function columns(table: Table): string {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function markdown([head, ...rows]: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('*', '\\*')).join(' | ')} |`;
  return [line(head!), line(head!.map(() => '---')), ...rows.map(line)].join('\n');
}
