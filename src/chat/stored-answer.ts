import type { ChatAnswer } from './chat-answer.ts';

/** What is kept of an answer beside its text, as JSON. */
export type StoredAnswer = Pick<
  ChatAnswer,
  | ('answeredBy' | 'language' | 'sources' | 'tools' | 'understood' | 'relaxed')
  | ('notices' | 'usage' | 'tookMs')
>;

/** What an answer that an older version has stored did not say yet. */
const UNSAID: StoredAnswer = {
  answeredBy: 'plain',
  language: 'ru',
  sources: [],
  tools: [],
  understood: [],
  relaxed: [],
  notices: [],
  usage: { model: null, requests: 0, promptTokens: 0, completionTokens: 0, costUsd: null },
  tookMs: 0,
};

export function toStoredAnswer(answer: StoredAnswer): string {
  const { answeredBy, language, sources, tools, understood, relaxed, notices, usage, tookMs } = answer;
  const kept: StoredAnswer = {
    ...{ answeredBy, language, sources, tools, understood, relaxed, notices, usage, tookMs },
  };
  return JSON.stringify(storable(kept));
}

export function fromStoredAnswer(stored: Partial<StoredAnswer> | null): StoredAnswer {
  return { ...UNSAID, ...stored };
}

/** Text as Postgres can store it. A model may write anything, NUL and halves of characters among it. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** The same for every text inside of a value, the names of its fields included: jsonb refuses what text refuses. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inside]) => [storableText(name), storable(inside)]),
  );
}
