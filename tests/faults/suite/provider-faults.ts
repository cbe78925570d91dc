import type { FakeAnswer, FakeOpenAI } from '../../helpers/fake-openai.ts';
import type { Random } from './random.ts';
import { REFUSED_WORDS } from './writes.ts';

const FAULTS: readonly FakeAnswer[] = [
  { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'hang' },
  { kind: 'hang-in-body' },
  { kind: 'cut' },
  { kind: 'cut-in-body' },
  { kind: 'html' },
  { kind: 'wrong-count' },
  { kind: 'reordered' },
  { kind: 'ok', latencyMs: 2_500 },
];

const status = (code: number, message: string): FakeAnswer => ({
  ...{ kind: 'status', status: code, body: { error: { message, code: null } } },
});

/** What a text meets that has the word, each time. */
const OF_ONE_TEXT: Record<(typeof REFUSED_WORDS)[number], FakeAnswer> = {
  НЕДОПУСТИМО: status(400, 'This input is not acceptable.'),
  ПЯТЬСОТ: status(500, 'The server had an error.'),
  ОБРЫВ: { kind: 'cut' },
  ПОДДВЕСТИ: { kind: 'json', body: { error: { message: 'failed' } } },
  ЗАПРЕТ: { kind: 'status', status: 403, body: '<html>Request blocked</html>' },
};

/** What requests meet, each time, for as long as it is the provider's way. Texts of the suite have some hundred characters. */
const WAYS: readonly { name: string; answer?: (inputs: readonly string[]) => FakeAnswer | undefined }[] = [
  { name: 'sound' },
  { name: 'too many inputs', answer: (inputs) => (inputs.length > 12 ? status(500, 'failed') : undefined) },
  {
    name: 'too large',
    answer: (inputs) =>
      inputs.join('').length > 1_500
        ? status(429, 'Request too large on tokens per min (TPM): Limit 500, Requested 900.')
        : undefined,
  },
  { name: 'too slow for many', answer: (inputs) => (inputs.length > 10 ? { kind: 'hang' } : undefined) },
];

/** The key of processes of an older version, which may know of no fault but a refusal that comes again. */
export const KEY_OF_OLDER = 'older';

export interface ProviderFaults {
  readonly counts: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

const wordIn = (text: string) => REFUSED_WORDS.find((word) => text.includes(word));

export const isRefusedText = (text: string): boolean => wordIn(text) !== undefined;

/** Has one request in so many go wrong in one of the ways in which providers do, some inputs always, and now and then large requests. */
export function startProviderFaults(openai: FakeOpenAI, random: Random): ProviderFaults {
  const counts = new Map<string, number>();
  const { promise: over, resolve: end } = Promise.withResolvers<undefined>();
  let stopping = false;
  const isStopping = () => stopping;
  let way = WAYS[0]!;
  openai.respondTo((inputs, { headers }) => {
    const word = inputs.map(wordIn).find((found) => found !== undefined);
    if (headers.authorization === `Bearer ${KEY_OF_OLDER}`)
      return word === undefined ? undefined : OF_ONE_TEXT['НЕДОПУСТИМО'];
    return word === undefined ? way.answer?.(inputs) : OF_ONE_TEXT[word];
  });

  async function run(): Promise<void> {
    for (let at = openai.requests.length; ;) {
      at += 10 + random.below(30);
      await Promise.race([openai.waitForRequests(at), over]);
      if (isStopping()) return;
      const fault = random.pick(FAULTS);
      const name = fault.kind === 'status' ? String(fault.status) : fault.kind;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      openai.respondWith(fault);
      if (!random.chance(0.3)) continue;
      way = random.pick(WAYS);
      counts.set(way.name, (counts.get(way.name) ?? 0) + 1);
    }
  }

  const running = run();
  return {
    counts,
    async stop() {
      stopping = true;
      end(undefined);
      await running;
      way = WAYS[0]!;
    },
  };
}
