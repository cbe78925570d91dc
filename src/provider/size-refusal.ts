import type { NamedSizes } from './provider-fault.ts';

/** What is read of an error that a provider answered with. */
interface ToldError {
  status?: number | undefined;
  code?: unknown;
  message: string;
}

/** OpenAI, vLLM, llama.cpp, TGI, TEI, Mistral, Gemini, Anthropic, Bedrock, GigaChat, in this order or together. */
const WORDS = new RegExp(
  [
    'context[ _-]?(length|window|size)',
    'exceed_context_size',
    'max_new_tokens',
    'max(imum)?[ _-](seq_len|sequence|model_len|position)',
    'maximum number of (input )?tokens',
    '(prompt|input|inputs|request|text|payload|body)( entity)? (is |are )?too (long|large|big)',
    'too many (input )?tokens',
    'reduce the length',
    '(слишком|чересчур) (длин|больш|много токен)',
    'превы\\S+ \\S*\\s*(длин|размер|лимит токен|числ\\S+ токен|количеств\\S+ токен)',
  ].join('|'),
  'i',
);
/** What sizes are counted in, and how they are compared: together with two numbers they are enough, whoever words it. */
const UNIT =
  /tokens?\b|токен|characters?\b|\bchars\b|символ|length|\bsize\b|seq_?len|context|window|длин|размер/i;
const COMPARISON =
  /exceed|(greater|more|longer|larger|bigger|less|fewer) than|too (long|large|many|big)|at most|up to|maximum|\bmax\b|max_|limit|[<>]=?|превы|больше|меньше|не более|outside|range|максим|лимит|допуст/i;
/** These words concern the length of the answer, not the size of the input. */
const OF_THE_ANSWER = /max_(completion_|output_)?tokens|(completion|output) tokens/i;
const OF_THE_SERVER = /queue|overload|connection|memory|worker|time-?out|concurren|capacity|requests/i;
const SIZE_STATUSES = new Set([400, 413, 422, 429]);
/** Some answer with a whole web page. */
const MAX_MESSAGE_CHARS = 2_000;
const CODES = new Set([
  'context_length_exceeded',
  'string_above_max_length',
  'request_too_large',
  'exceed_context_size_error',
]);
/** Smaller numbers are places and counts of something else. */
const LEAST_SIZE = 16;
/** A number of tokens or characters, not the digits of a model's name or of an address. */
const NUMBER = /(?<![\w.:/-])\d{1,3}(?:[ ,_]\d{3})+(?![\w/-])|(?<![\w.:/-])\d+(?![\w/-]|\.\d)/g;

/**
 * Whether a provider refuses what was sent for its size, and the sizes that it names; undefined where it says nothing of the
 * kind. Every server has words of its own, so two sizes that are compared are taken for it, too.
 */
export function sizeRefusalOf(error: ToldError): NamedSizes | undefined {
  const { status = 400, code } = error;
  // Every other status means something else: a 402 names the tokens that can still be paid for.
  if (status < 500 && !SIZE_STATUSES.has(status)) return undefined;
  const message = error.message.slice(0, MAX_MESSAGE_CHARS);
  // Nearly every refusal of too many requests names two numbers: only one that can never be granted is about a size.
  if (status === 429) return tooLargeForAnyMinute(message);
  // A server that is overloaded may compare the length of its queue.
  if (status >= 500 && OF_THE_SERVER.test(message)) return undefined;
  const sizes = OF_THE_ANSWER.test(message) ? undefined : comparedSizes(message);
  if (status === 413 || (typeof code === 'string' && CODES.has(code)) || WORDS.test(message)) {
    return sizes ?? {};
  }
  return sizes;
}

function tooLargeForAnyMinute(message: string): NamedSizes | undefined {
  const limit = numberAfter(message, 'limit');
  const given = numberAfter(message, 'requested');
  if (limit !== undefined && given !== undefined && given > limit) return { limit, given };
  return /(request|input|prompt)( is)? too large/i.test(message) ? {} : undefined;
}

function numberAfter(message: string, word: string): number | undefined {
  const found = new RegExp(`${word}\\D{0,12}(\\d+)`, 'i').exec(message)?.[1];
  return found === undefined ? undefined : Number(found);
}

function comparedSizes(message: string): NamedSizes | undefined {
  // The package puts the status before what was said.
  const said = message.replace(/^[45]\d\d /, '');
  if (!UNIT.test(said) || !COMPARISON.test(said)) return undefined;
  const numbers = [...said.matchAll(NUMBER)]
    .map(([number]) => Number(number.replace(/[ ,_]/g, '')))
    .filter((number) => number >= LEAST_SIZE);
  const [limit, given] = [Math.min(...numbers), Math.max(...numbers)];
  return numbers.length >= 2 && given > limit ? { limit, given } : undefined;
}
