/** A script of a guide and what it prints. */
export interface GuideStep {
  /** The heading above it. */
  heading: string;
  /** Line of the script's first line in the file, from 1. */
  line: number;
  /** Contents of a block ```bash. */
  script: string;
  /** Contents of the block ```text right after it: what the script prints. Undefined: the guide does not say. */
  expected: string | undefined;
}

const FENCE = /^\s*```(\S*)\s*$/;

/**
 * Reads the steps of a Markdown page. A block ```text belongs to the ```bash before it when no other block is in between.
 * Throws when a block is not closed, or is of a kind that nobody would check.
 */
export function parseGuide(markdown: string): GuideStep[] {
  const steps: GuideStep[] = [];
  let heading = '';
  let block: { kind: string; line: number; text: string[] } | undefined;
  let last: GuideStep | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = FENCE.exec(line);
    if (block === undefined) {
      if (fence !== null) block = { kind: fence[1]!, line: index + 2, text: [] };
      else if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '');
      continue;
    }
    if (fence === null || fence[1] !== '') {
      block.text.push(line);
      continue;
    }
    const text = block.text.join('\n');
    if (block.kind === 'bash') {
      last = { heading, line: block.line, script: text, expected: undefined };
      steps.push(last);
    } else if (block.kind === 'text' && last?.expected === undefined && last !== undefined) {
      last.expected = text;
    } else {
      throw new Error(`Line ${block.line - 1}: a block "${block.kind}" that no script prints`);
    }
    block = undefined;
  }
  if (block !== undefined) throw new Error(`The block of line ${block.line - 1} is not closed`);
  return steps;
}

/**
 * What differs between the output and what the guide shows, as a sentence; undefined when nothing does. In the guide `…` in
 * a line stands for anything in that line, `…` alone for any lines, and a moment for any other moment. Spaces at the ends
 * of lines count for nothing.
 */
export function differenceOf(expected: string, actual: string): string | undefined {
  const pattern = `^${expected.trim().split('\n').map(lineToPattern).join('')}$`;
  const given = actual
    .trim()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
  if (new RegExp(pattern, 'u').test(given)) return undefined;
  return `expected\n${expected}\nbut it printed\n${actual}`;
}

/** `2025-12-16T15:30:00Z` and its like, with or without fractions and zone, with a space instead of the T. */
const MOMENT = '\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d(?::?\\d\\d)?)?';

function lineToPattern(line: string): string {
  if (line.trim() === '…') return '(?:.*\\n)*?';
  const parts = line.trimEnd().split(new RegExp(`(…|${MOMENT})`, 'u'));
  return `${parts.map((part, place) => (place % 2 === 0 ? escape(part) : part === '…' ? '.*' : MOMENT)).join('')}\\n`;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
