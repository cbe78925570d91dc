/** One word, number or mark of a question, and where in the question it stands. */
export interface Token {
  /** As it is compared: lower-case, `е` for `ё`. Rules may replace it. */
  text: string;
  start: number;
  end: number;
}

/**
 * A text as words are compared: lower-case, `е` for `ё`, plain spaces, one kind of dash. It is as long as the given one, so
 * that places in it are places in that.
 */
export function normalizeText(text: string): string {
  return lowerCase(text)
    .replaceAll('ё', 'е')
    .replace(/\s/g, ' ')
    .replace(/[‐-―−]/g, '-');
}

/** Letters of which none becomes longer or shorter, and none looks at its neighbours: Latin without accents and Cyrillic. */
const PLAIN = /^[\p{ASCII}\u0400-\u052f\u2010-\u2015\u2212«»№₽]*$/u;

function lowerCase(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return Array.from({ length: text.length }, (_, place) => {
    const unit = text[place]!.toLowerCase();
    return unit.length === 1 ? unit : text[place]!;
  }).join('');
}

/**
 * Dates in digits, days such as `15-го`, numbers, words (also `40-42xl`), dashes and marks that separate. Everything else
 * stands between tokens.
 */
const TOKEN =
  /\d{4}-\d\d-\d\d(?!\d)|(?<![\d\p{L}/-])\d{1,2}([-/])\d{1,2}\1(?:20)?\d\d(?![\d\p{L}/-])|(?<![\d.])\d{1,2}\.\d\d(?:\.(?:20)?\d\d)?(?![.\d])|(?<![\d.])\d\d\.20\d\d(?![.\d])|(?<![\d\p{L}-])20\d\d-(?:0[1-9]|1[0-2])(?![\d\p{L}-])|\d{1,2}-?(?:го|ое|е|му)(?!\p{L})|[1-4]-?й(?= кв)|(?<![\d.])\d{1,3}(?:[ .]\d{3})+(?![\d.])|\d+|[\p{L}\p{M}]+|[-,;.?!%₽<>]/gu;

export function tokenize(text: string): Token[] {
  return [...normalizeText(text).matchAll(TOKEN)].map((match) => ({
    // Thousands that are set apart, `12 900`, `1.500`.
    text: /^\d{1,3}(?:[ .]\d{3})+$/.test(match[0]) ? match[0].replaceAll(/[ .]/g, '') : match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
}

const phrases = new Map<string, RegExp>();

/**
 * A pattern for `rewrite`: these tokens, one after the other, parts of `source` separated by single spaces. Kept, for compiling
 * takes longer than matching; sources are those of the program, so they are few.
 */
export function phrase(source: string): RegExp {
  let pattern = phrases.get(source);
  if (pattern === undefined) {
    pattern = new RegExp(`(?<![^ ])(?:${source})(?![^ ])`, 'gu');
    phrases.set(source, pattern);
  }
  return pattern;
}

/**
 * Replaces every run of tokens that the pattern matches by one token, unless `replace` gives undefined. The pattern (see
 * `phrase`) runs over the tokens' texts with single spaces between them.
 */
export function rewrite(
  tokens: readonly Token[],
  pattern: RegExp,
  replace: (match: RegExpMatchArray, start: number, end: number) => string | undefined,
): Token[] {
  const line = tokens.map((token) => token.text).join(' ');
  // A hundred patterns are tried on each question, and hardly any of them matches.
  if (line.search(pattern) === -1) return [...tokens];
  const result: Token[] = [];
  let next = 0;
  let [place, passed] = [0, 0];
  for (const match of line.matchAll(pattern)) {
    for (; place < match.index; place++) if (line[place] === ' ') passed += 1;
    const first = passed;
    const last = first + match[0].split(' ').length - 1;
    const [start, end] = [tokens[first]!.start, tokens[last]!.end];
    const text = replace(match, start, end);
    if (text === undefined) continue;
    result.push(...tokens.slice(next, first), { text, start, end });
    next = last + 1;
  }
  return [...result, ...tokens.slice(next)];
}
