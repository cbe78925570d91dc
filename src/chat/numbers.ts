/** A number as people write it: groups of three set apart, a comma or a point before the decimals, a word that multiplies. */
const NUMBER =
  /(?<![\p{L}\p{N}_])[−–-]?(\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+)(?:[.,](\d+))?(?:[ \u00a0\u202f]?(тыс|млн|млрд|k|к)(?!\p{L}))?/giu;
const DATE = /(\d{4})-(\d{2})-(\d{2})/g;
const TIMES: Readonly<Record<string, number>> = { тыс: 1e3, k: 1e3, к: 1e3, млн: 1e6, млрд: 1e9 };

interface Written {
  /** As it stands in the text. */
  words: string;
  value: number;
  /** Half of the last digit that is written: what rounding may have taken away. */
  tolerance: number;
}

function numbersIn(text: string): Written[] {
  return [...text.matchAll(NUMBER)].map(([words, whole = '', decimals = '', unit = '']) => {
    const times = TIMES[unit.toLowerCase()] ?? 1;
    const value = Number(`${whole.replace(/\D/g, '')}.${decimals || '0'}`) * times;
    return { words: words.trim(), value, tolerance: (0.5 * times) / 10 ** decimals.length };
  });
}

/**
 * The numbers of an answer that stand in none of the texts that it may rest on, not rounded either: what a model may have
 * made up, or worked out by itself. Signs do not count (`минус 5` and `-5`). `counts`: whole numbers up to it are taken for
 * counts of what was shown, as `в трёх отзывах` written with a digit.
 *
 * Not a proof: a number that is in the data may still be said of something else.
 */
export function findUnverifiedNumbers(answer: string, texts: readonly string[], counts: number): string[] {
  const known = texts.flatMap((text) => [
    ...numbersIn(text).map(({ value }) => value),
    ...[...text.matchAll(DATE)].flatMap(([, year, month, day]) => [Number(year), Number(month), Number(day)]),
  ]);
  known.sort((a, b) => a - b);
  const isKnown = ({ value, tolerance }: Written): boolean => {
    if (Number.isInteger(value) && value <= counts) return true;
    // The first that is not too small.
    let [low, high] = [0, known.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (known[middle]! < value - tolerance) low = middle + 1;
      else high = middle;
    }
    return low < known.length && known[low]! <= value + tolerance + Number.EPSILON * value;
  };
  const said = withoutMarks(answer);
  const isoDates = new Set(texts.flatMap((text) => text.match(DATE) ?? []));
  const rest = said.replace(DATE, (date) => (isoDates.has(date) ? ' ' : date));
  const unknown = numbersIn(rest).filter((number) => !isKnown(number));
  return [...new Set(unknown.map(({ words }) => words))];
}

/** References to sources and the numbers of a list say nothing of the data. */
function withoutMarks(answer: string): string {
  return answer.replace(/\[\d+(?:\s*,\s*\d+)*\]/g, ' ').replace(/^\s*\d{1,2}[.)]\s/gm, ' ');
}
