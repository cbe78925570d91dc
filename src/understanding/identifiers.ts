import type { Draft } from './draft.ts';

/** Numbers of orders, barcodes with letters and the like: looked for as they are. */
const IDENTIFIER = /(?<![\p{L}\d])(?=\S*\d)(?=\S*\p{L})[\p{L}\d][\p{L}\d._-]{10,}[\p{L}\d]/gu;

export function readIdentifiers(draft: Draft): void {
  for (const match of draft.question.matchAll(IDENTIFIER)) {
    const [start, end] = [match.index, match.index + match[0].length];
    if (draft.isTaken(start, end)) continue;
    draft.identifiers.push(match[0]);
    draft.consume(start, end);
  }
}
