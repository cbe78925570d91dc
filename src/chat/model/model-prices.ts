/**
 * USD per 1M tokens, prompt and completion: https://platform.openai.com/docs/pricing, "Text tokens", standard tier, as of
 * autumn 2025. Prompt tokens that OpenAI has cached cost less, so a cost made with these is an upper bound.
 */
const USD_PER_MILLION_TOKENS: ReadonlyMap<string, readonly [prompt: number, completion: number]> = new Map(
  Object.entries<readonly [prompt: number, completion: number]>({
    'gpt-5.1': [1.25, 10],
    'gpt-5': [1.25, 10],
    'gpt-5-chat-latest': [1.25, 10],
    'gpt-5-mini': [0.25, 2],
    'gpt-5-nano': [0.05, 0.4],
    'gpt-4.1': [2, 8],
    'gpt-4.1-mini': [0.4, 1.6],
    'gpt-4.1-nano': [0.1, 0.4],
    'gpt-4o': [2.5, 10],
    'gpt-4o-2024-05-13': [5, 15],
    'gpt-4o-mini': [0.15, 0.6],
    o1: [15, 60],
    o3: [2, 8],
    'o3-mini': [1.1, 4.4],
    'o4-mini': [1.1, 4.4],
    'gpt-4-turbo': [10, 30],
    'gpt-4': [30, 60],
    'gpt-3.5-turbo': [0.5, 1.5],
  }),
);

/** Where these prices hold. Its regional addresses (`eu.api.openai.com`) and other servers ask their own. */
const PRICED_HOST = 'api.openai.com';

/** Null: not known, which is not the same as nothing. */
export function priceOfChatModel(
  model: string,
  baseUrl: string,
): { prompt: number; completion: number } | null {
  if (URL.parse(baseUrl)?.hostname !== PRICED_HOST) return null;
  for (const name of [model, withoutDate(model)]) {
    const price = USD_PER_MILLION_TOKENS.get(name);
    if (price !== undefined) return { prompt: price[0], completion: price[1] };
  }
  return null;
}

/** `gpt-4.1-mini-2025-04-14`, a dated snapshot, is `gpt-4.1-mini`. */
function withoutDate(model: string): string {
  return model.replace(/-\d{4}-\d{2}-\d{2}$/, '');
}
