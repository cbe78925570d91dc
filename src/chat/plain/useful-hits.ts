import { stemWord } from '../../russian/word-stems.ts';
import type { SearchHit } from '../../retrieval/search.ts';
import type { ToolUse } from '../chat-answer.ts';
import { readChunkFields } from '../../chunks/chunk-fields.ts';
import type { PlainMaterial } from './plain-material.ts';

/**
 * Beside figures rows are only in the way, unless they say what the figures do not. Otherwise all, in their order, but for
 * reviews without a word, which tell a reader least.
 */
export function usefulHits(
  { isCertain = true, obstacles, unknown = [], hits = [] }: PlainMaterial,
  figures: readonly ToolUse[],
): readonly SearchHit[] {
  if (obstacles.length === 0 && (figures.length === 0 || !isCertain)) {
    const meant = unknown.length === 0 ? hits : hits.filter(hasAnyOf(unknown));
    return [...meant.filter((hit) => !isWordless(hit)), ...meant.filter(isWordless)];
  }
  const useful = new Set<SearchHit>();
  const take = (which: (hit: SearchHit) => boolean): void =>
    hits.filter(which).forEach((hit) => useful.add(hit));
  // Rows that have the words which no figure can regard.
  take(hasAnyOf(obstacles.flatMap(({ reason, words }) => (reason === 'unread' ? words : []))));
  // What buyers wrote tells why a rating is as it is; stars alone have been counted.
  if (figures.some(isOfReviews)) take((hit) => hit.chunkType === 'review' && !isWordless(hit));
  // No product as a whole runs out, but a size in a warehouse may.
  if (figures.some(foundNoStock)) take(({ chunkType: type }) => type === 'stock');
  return hits.filter((hit) => useful.has(hit));
}

/** Whether a row has one of these words, in any form. */
function hasAnyOf(words: readonly string[]): (hit: SearchHit) => boolean {
  const stems = words
    .map(normalize)
    .map(stemWord)
    .filter(({ length }) => length >= 3);
  return ({ text }) => wordsOf(text).some((word) => stems.some((stem) => word.startsWith(stem)));
}

const normalize = (text: string): string => text.toLowerCase().replaceAll('ё', 'е');
const wordsOf = (text: string): string[] => normalize(text).match(/[\p{L}\p{N}]+/gu) ?? [];
const isWordless = ({ chunkType: type, text }: SearchHit): boolean =>
  type === 'review' && readChunkFields(text).words.length === 0;

function isOfReviews({ result }: ToolUse): boolean {
  return (
    result?.function === 'review_themes' ||
    (result?.columns.some(({ name }) => name === 'average_rating' || name === 'negative_reviews') ?? false)
  );
}

function foundNoStock({ result }: ToolUse): boolean {
  return result?.function === 'stock_cover' && result.data !== 'none' && result.rows.length === 0;
}
