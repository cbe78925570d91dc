import type { Executor } from '../src/database/pool.ts';
import type { Evaluation } from './evaluate.ts';
import { SHOWN } from './metrics.ts';

const READ_TEXTS = `
  select source_table || '/' || source_id as key, chunk_text as text from rag_metadata
  where cabinet_id = $1::bigint and source_table || '/' || source_id = any ($2::text[])`;

/**
 * What each failed question got and what was right, of the questions that may be tuned by. Those that were held out are
 * counted, never shown.
 */
export async function describeFailures(
  executor: Executor,
  cabinetId: number,
  { scored, scoredAnalytics }: Evaluation,
): Promise<string> {
  const missed = scored.filter(({ hit }) => hit === 0);
  const wrong = scoredAnalytics.filter(({ difference }) => difference !== undefined);
  const lines: string[] = [];
  for (const { question, found } of missed.filter(({ question: { split } }) => split === 'tuning')) {
    const right = [...question.relevant].slice(0, 2);
    const shown = found.slice(0, SHOWN);
    const { rows } = await executor.query<{ key: string; text: string }>(READ_TEXTS, [
      cabinetId,
      [...right, ...shown],
    ]);
    const texts = new Map(rows.map(({ key, text }) => [key, text.replaceAll('\n', '; ')]));
    const line = (key: string) => `${key}: ${(texts.get(key) ?? 'not indexed').slice(0, 200)}`;
    lines.push(
      `${question.id}  "${question.text}"`,
      ...(shown.length === 0 ? ['   got nothing'] : shown.map((key) => `   got   ${line(key)}`)),
      ...right.map((key) => `   right ${line(key)} (one of ${question.relevant.size})`),
    );
  }
  for (const { question, answer, difference } of wrong.filter(
    ({ question: { split } }) => split === 'tuning',
  )) {
    lines.push(`${question.id}  "${question.text}": ${difference ?? ''}`);
    if (answer !== undefined)
      lines.push(
        `   got   ${answer.function} ${JSON.stringify(answer.parameters)}`,
        `         ${JSON.stringify(answer.rows.slice(0, 3))}`,
      );
    lines.push(`   right ${JSON.stringify(question.expected.slice(0, 3))}`);
  }
  const heldOut = [...missed, ...wrong].filter(({ question: { split } }) => split === 'holdout').length;
  if (heldOut > 0) lines.push(`${heldOut} more among the questions that are held out, which are not shown.`);
  return lines.length === 0 ? 'No question failed.' : lines.join('\n');
}
