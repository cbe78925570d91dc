/** Counts the tokens of a text as the provider would, give or take a token at each seam between windows. */
export type CountTokens = (text: string) => number;

/**
 * Characters merged at once. Byte-pair merging of one unbroken run takes the square of its length: 24 000 Chinese
 * characters took 2 s in one piece. In windows of this size they take 20 ms.
 */
const WINDOW_CHARS = 256;

/** `gpt-tokenizer` keeps this many merged words; its default of 100 000 is memory that counting rarely earns back. */
const MERGE_CACHE_SIZE = 10_000;

let loading: Promise<CountTokens> | undefined;

/** Loads `cl100k_base`, the encoding of OpenAI's embedding models: 60 ms and some MB, so only when first needed. */
export function loadTokenCounter(): Promise<CountTokens> {
  loading ??= import('gpt-tokenizer/encoding/cl100k_base').then(({ countTokens, setMergeCacheSize }) => {
    setMergeCacheSize(MERGE_CACHE_SIZE);
    // A review may say `<|endoftext|>`: to the API that is plain text, to the tokenizer's defaults an error.
    const plainText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
    return (text) => {
      let tokens = 0;
      for (const window of windowsOf(text)) {
        tokens += countTokens(window, plainText);
      }
      return tokens;
    };
  });
  return loading;
}

/** Pieces of at most `WINDOW_CHARS`, parted before a space where there is one and never inside a code point. */
export function* windowsOf(text: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    let end = Math.min(start + WINDOW_CHARS, text.length);
    if (end < text.length) {
      const space = text.slice(start, end + 1).lastIndexOf(' ');
      end = space > 0 ? start + space : codePointBoundary(text, end);
    }
    yield text.slice(start, end);
    start = end;
  }
}

/** The nearest place at or before `at` that does not part a surrogate pair. */
export function codePointBoundary(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
