import { BUYERS_WORDS, TITLES, type Label } from './labels.ts';

/** A chunk's text (docs/chunks.md), taken apart again. */
export interface ChunkFields {
  title: string;
  /** Of `Label: value` lines. */
  values: ReadonlyMap<string, string>;
  /** What a buyer wrote, line breaks and all, in its order. */
  words: readonly { label: string; text: string }[];
}

/**
 * Of labels that come twice the first counts. From the first words of a buyer on nothing is a value any more: a buyer who
 * writes `Оценка: 5 из 5` has given no other rating by it. No text is an error.
 */
export function readChunkFields(text: string): ChunkFields {
  const [title = '', ...lines] = text.split('\n');
  const values = new Map<string, string>();
  const words: { label: string; text: string }[] = [];
  let next = 0;
  for (const line of lines) {
    const [label, value] = splitLine(line);
    const place = (BUYERS_WORDS as readonly string[]).indexOf(label, next);
    if (place >= 0) {
      words.push({ label, text: value });
      next = place + 1;
    } else if (words.length > 0) {
      words.at(-1)!.text += `\n${line}`;
    } else if (label !== '' && !values.has(label)) {
      values.set(label, value);
    }
  }
  return { title, values, words };
}

function splitLine(line: string): [label: string, value: string] {
  const end = line.indexOf(': ');
  return end < 0 ? ['', line] : [line.slice(0, end), line.slice(end + 2)];
}

/** A review without what its buyer wrote and ticked; other chunks as they are. */
export function withoutBuyersWords(text: string): string {
  if (!text.startsWith(TITLES.review)) return text;
  const place = [...BUYERS_WORDS, 'Отмечено покупателем' satisfies Label]
    .map((label) => text.indexOf(`\n${label}: `))
    .filter((at) => at >= 0);
  return place.length === 0 ? text : text.slice(0, Math.min(...place) + 1);
}
