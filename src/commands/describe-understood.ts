import type { UnderstoodConstraint } from '../retrieval/search.ts';

/** What was understood from a question, and from which words, in one line. */
export function describeUnderstood(understood: readonly UnderstoodConstraint[]): string {
  const shown = understood.map(({ kind, value, words, used }) => {
    const said = typeof value === 'string' ? value : JSON.stringify(value);
    return `${kind} ${said} (“${words}”)${used === 'filter' ? '' : `, ${used}`}`;
  });
  return `Understood: ${shown.join('; ')}`;
}
