import type { SearchHit } from './search.ts';

/** What stands between two chunks, so that a model does not take one for a part of the other. */
const SEPARATOR = '\n\n---\n\n';

export interface Context {
  text: string;
  /** The hits that are in it, in this order. */
  hits: SearchHit[];
}

/**
 * Texts of hits, best first, up to `maxLength` characters in all. A chunk is there whole or not at all, but for the first,
 * which is cut when it alone is longer; one that is too long leaves room for shorter ones behind it.
 */
export function buildContext(hits: readonly SearchHit[], maxLength: number): Context {
  const texts: string[] = [];
  const included: SearchHit[] = [];
  let length = 0;
  for (const hit of hits) {
    const added = (texts.length === 0 ? 0 : SEPARATOR.length) + hit.text.length;
    if (length + added <= maxLength) {
      texts.push(hit.text);
      included.push(hit);
      length += added;
    } else if (texts.length === 0 && hit === hits[0]) {
      const text = cut(hit.text, maxLength);
      texts.push(text);
      included.push(hit);
      length += text.length;
    }
  }
  return { text: texts.join(SEPARATOR), hits: included };
}

/** Never between the two halves of a character. */
function cut(text: string, length: number): string {
  const end = /[\ud800-\udbff]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end);
}
