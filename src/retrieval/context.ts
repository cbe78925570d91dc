import type { SearchHit } from './search.ts';

/**
 * The hits whose texts fit together in `maxLength` characters, best first. A text is there whole or not at all, but for the
 * first, which is cut when it alone is longer; one that is too long leaves room for shorter ones behind it.
 */
export function fitContext(hits: readonly SearchHit[], maxLength: number): SearchHit[] {
  const fitting: SearchHit[] = [];
  let left = maxLength;
  for (const [place, hit] of hits.entries()) {
    const text = place === 0 ? cut(hit.text, left) : hit.text;
    if (text.length > left || text === '') continue;
    fitting.push(text === hit.text ? hit : { ...hit, text });
    left -= text.length;
  }
  return fitting;
}

/** Never between the two halves of a character. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end);
}
