import type { FakeAnswer, FakeOpenAI } from '../../helpers/fake-openai.ts';
import type { Random } from './random.ts';
import { REFUSED_WORD } from './writes.ts';

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

export interface ProviderFaults {
  readonly counts: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export const isRefusedText = (text: string): boolean => text.includes(REFUSED_WORD);

/** Has one request in so many go wrong in one of the ways in which providers do, and some inputs always. */
export function startProviderFaults(openai: FakeOpenAI, random: Random): ProviderFaults {
  const counts = new Map<string, number>();
  const { promise: over, resolve: end } = Promise.withResolvers<undefined>();
  let stopping = false;
  const isStopping = () => stopping;
  openai.rejectInputs(isRefusedText);

  async function run(): Promise<void> {
    for (let at = openai.requests.length; ;) {
      at += 10 + random.below(30);
      await Promise.race([openai.waitForRequests(at), over]);
      if (isStopping()) return;
      const fault = random.pick(FAULTS);
      const name = fault.kind === 'status' ? String(fault.status) : fault.kind;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      openai.respondWith(fault);
    }
  }

  const running = run();
  return {
    counts,
    async stop() {
      stopping = true;
      end(undefined);
      await running;
    },
  };
}
