import { codePointBoundary, loadTokenCounter, windowsOf, type CountTokens } from './token-counter.ts';
import { createTimeSlice } from './time-slice.ts';

/** Limits of the API: https://platform.openai.com/docs/api-reference/embeddings/create */
export const MAX_INPUT_TOKENS = 8_192;
export const MAX_REQUEST_TOKENS = 300_000;
export const MAX_REQUEST_INPUTS = 2_048;

/** What we let ourselves use of it: our count may be short by a token where two windows meet. */
const REQUEST_TOKENS = MAX_REQUEST_TOKENS - 10_000;

/**
 * No language writes 8 192 tokens with more characters than this (12 a token; English takes 4, Russian 2), so the
 * rest of a megabyte is cut off before anything is counted.
 */
const MAX_INPUT_CHARS = 100_000;

/** A text as it is sent. */
export interface PreparedInput {
  text: string;
  /** Never less than what it takes: a token is at least one byte of UTF-8. */
  tokensAtMost: number;
  /** The text ended later, and what is sent ends here. */
  isCut: boolean;
}

/**
 * Makes texts acceptable: no lone surrogates (they are not UTF-8), nothing empty (the API refuses it, and takes a
 * space), and no more than `maxTokens`, by cutting the end off. Only the input is cut: the chunk keeps its whole text,
 * and full-text search still finds its end.
 */
export async function prepareInputs(
  texts: readonly string[],
  maxTokens: number,
  signal?: AbortSignal,
): Promise<PreparedInput[]> {
  const giveWay = createTimeSlice(signal);
  const inputs: PreparedInput[] = [];
  for (const original of texts) {
    const text =
      original === '' ? ' ' : original.slice(0, codePointBoundary(original, MAX_INPUT_CHARS)).toWellFormed();
    const input = await cutInput(text, maxTokens);
    inputs.push(text.length < original.length ? { ...input, isCut: true } : input);
    await giveWay();
  }
  return inputs;
}

/** The longest beginning of a text of at most so many tokens. */
export async function cutInput(text: string, maxTokens: number): Promise<PreparedInput> {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxTokens) return { text, tokensAtMost: bytes, isCut: false };
  return cutToLimit(text, maxTokens, await loadTokenCounter());
}

function cutToLimit(text: string, maxTokens: number, countTokens: CountTokens): PreparedInput {
  let tokens = 0;
  let end = 0;
  for (const window of windowsOf(text)) {
    const windowTokens = countTokens(window);
    if (tokens + windowTokens > maxTokens) {
      const part = longestFitting(window, maxTokens - tokens, countTokens);
      return { text: text.slice(0, end) + part, tokensAtMost: maxTokens, isCut: true };
    }
    tokens += windowTokens;
    end += window.length;
  }
  return { text, tokensAtMost: tokens, isCut: false };
}

/** The longest beginning of a window of at most so many tokens, by halving. */
function longestFitting(window: string, maxTokens: number, countTokens: CountTokens): string {
  let fits = 0;
  let tooLong = window.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (countTokens(window.slice(0, codePointBoundary(window, middle))) <= maxTokens) {
      fits = middle;
    } else {
      tooLong = middle;
    }
  }
  return window.slice(0, codePointBoundary(window, fits));
}

/**
 * Parts inputs into requests, by count and by tokens, keeping their order. Each request is a list of positions in
 * `inputs`. Tokens are counted only where the bytes alone could exceed the limit.
 */
export async function packRequests(
  inputs: readonly PreparedInput[],
  maxInputs: number,
  signal?: AbortSignal,
): Promise<number[][]> {
  const size = Math.min(maxInputs, MAX_REQUEST_INPUTS);
  const giveWay = createTimeSlice(signal);
  const requests: number[][] = [];
  for (let start = 0; start < inputs.length; start += size) {
    const positions = Array.from({ length: Math.min(size, inputs.length - start) }, (_, i) => start + i);
    const atMost = positions.reduce((sum, position) => sum + inputs[position]!.tokensAtMost, 0);
    if (atMost <= REQUEST_TOKENS) {
      requests.push(positions);
      continue;
    }
    const countTokens = await loadTokenCounter();
    let request: number[] = [];
    let tokens = 0;
    for (const position of positions) {
      const { text, tokensAtMost } = inputs[position]!;
      const inputTokens = Math.min(tokensAtMost, countTokens(text));
      if (tokens + inputTokens > REQUEST_TOKENS) {
        requests.push(request);
        request = [];
        tokens = 0;
      }
      request.push(position);
      tokens += inputTokens;
      await giveWay();
    }
    requests.push(request);
  }
  return requests;
}
