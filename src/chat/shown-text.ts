/** Without a space anywhere, which is an address or rubbish; both would break the lines of a terminal and of a chat. */
const LONGEST_WORD = 60;
const KEPT_OF_LONG_WORD = 40;

/**
 * Text that others wrote (buyers, sellers, Wildberries) as it may stand within an answer of ours: on one line, without
 * what moves the cursor, reverses or hides text, and without what reads as our own `[1]` or as a link of Markdown that
 * shows another address than it leads to. Spaces that do not break stay, for they hold numbers together.
 */
export function onOneLine(text: string): string {
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex -- colours and movements of a terminal, whole
      .replace(/\u001b\[[\d;?]*[ -/]*[@-~]/g, ' ')
      .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
      .replace(/(?<=\d)\p{Cf}+(?=\d)/gu, ' ') // or two numbers would become one
      .replace(/[^\P{Cf}\u200d]/gu, '') // bidi, invisible and tag characters; the joiner of emoji stays
      .replace(/(\p{M}{3})\p{M}+/gu, '$1') // marks in heaps cover the lines around them
      .replace(/\[(\s*\d[\d\s,;–-]*)\]/g, '($1)')
      .replaceAll('](', '] (')
      .replace(/ {2,}/g, ' ')
      .trim()
  );
}

/** At most `maxLength` characters, cut between words and never within a number, which would become another one. */
export function shorten(text: string, maxLength: number): string {
  const words = text.replaceAll(/\S+/g, (word) =>
    word.length > LONGEST_WORD ? `${cut(word, KEPT_OF_LONG_WORD)}…` : word,
  );
  if (words.length <= maxLength) return words;
  const start = cut(words, maxLength - 1);
  const space = start.lastIndexOf(' ');
  return `${(space > maxLength / 2 ? withoutCutNumber(start.slice(0, space), words) : start).trimEnd()}…`;
}

function cut(text: string, length: number): string {
  const start = text.slice(0, length);
  return withoutCutNumber(/[\ud800-\udbff]$/.test(start) ? start.slice(0, -1) : start, text);
}

/** What is left of `start` without the beginning of a number that goes on in `whole`. */
function withoutCutNumber(start: string, whole: string): string {
  return /\d[.,\u00a0\d]*$/.test(start) && /^[.,\u00a0 ]?\d/.test(whole.slice(start.length))
    ? start.replace(/[\d.,\u00a0]+$/, '')
    : start;
}

/** `«…»`, in which nothing can end the quotation. */
export function quote(text: string, maxLength: number): string {
  return `«${shorten(onOneLine(text).replaceAll('«', '„').replaceAll('»', '“'), maxLength)}»`;
}
