import type { AnalyticsAnswer } from '../analytics/analytics.ts';
import type { SearchHit, UnderstoodConstraint } from '../retrieval/search.ts';

/** Characters of one message. Ten times the longest one that people ask. */
export const MAX_MESSAGE_LENGTH = 4_000;

/** In which an answer is given: Russian for a question with Cyrillic letters, English for any other. */
export type Language = 'ru' | 'en';

export interface ChatRequest {
  cabinetId: number;
  /** 1 to `MAX_MESSAGE_LENGTH` characters. */
  message: string;
  /** Goes on with this one; absent: a new one begins. */
  conversationId?: string | undefined;
  /** Whose messages of the day are counted, and whose conversation it is. */
  user: string;
}

/** A chunk that the answer rests on, as it was when the answer was given. */
export interface ChatSource {
  /** What `[1]` in the text refers to: 1, 2, … */
  number: number;
  chunkId: number;
  sourceTable: string;
  sourceId: number;
  chunkType: string;
  /** YYYY-MM-DD; null: it is of no day. */
  documentDate: string | null;
  text: string;
}

export function toSource(hit: SearchHit, number: number): ChatSource {
  return {
    number,
    chunkId: hit.chunkId,
    sourceTable: hit.sourceTable,
    sourceId: hit.sourceId,
    chunkType: hit.chunkType,
    documentDate: hit.documentDate,
    text: hit.text,
  };
}

/** Figures that were computed for an answer, or could not be. */
export interface ToolUse {
  /** The name of an analytics function. */
  name: string;
  /** As they were asked for. */
  parameters: Record<string, unknown>;
  status: 'ok' | 'failed';
  /** Null when it failed. */
  result: AnalyticsAnswer | null;
  /** The figures as Russian sentences, or why there are none. */
  text: string;
}

/** What the language model used for one answer. All 0 without one. */
export interface ChatUsage {
  /** Null: no model was asked. */
  model: string | null;
  requests: number;
  promptTokens: number;
  completionTokens: number;
  /** Null: the price of the model is not known. 0 without a model. */
  costUsd: number | null;
}

/** Something that the reader has to know to trust the answer rightly. */
export interface ChatNotice {
  code:
    | 'without_model' // none is configured
    | 'model_unavailable' // it was asked and gave no usable answer: the answer is composed without it
    | 'search_unavailable' // no rows could be looked for
    | 'tool_failed' // some figures could not be had
    | 'relaxed' // a filter was let go because with it nothing was left
    | 'shortened' // not all that was found fitted in what the model was given
    | 'question_cut' // nothing is understood of what comes after its first words
    | 'cut_off' // the model's answer was too long and ends early
    | 'unverified_numbers'; // numbers that stand in none of the data
  /** A sentence in the language of the answer. */
  message: string;
  details?: Record<string, unknown>;
}

export interface ChatAnswer {
  conversationId: string;
  /** The id of the answer in the history. */
  messageId: number;
  /** With what `notices` say, at its end as a rule. `[1]` refers to `sources`. */
  text: string;
  answeredBy: 'model' | 'plain';
  language: Language;
  sources: ChatSource[];
  tools: ToolUse[];
  understood: UnderstoodConstraint[];
  relaxed: UnderstoodConstraint[];
  notices: ChatNotice[];
  usage: ChatUsage;
  /** Messages that the user has left today; null: as many as they like. */
  remainingToday: number | null;
  tookMs: number;
}

/** What a reader sees before the whole answer is there. */
export type ChatEvent =
  | { type: 'started'; conversationId: string; remainingToday: number | null }
  | { type: 'tool'; tool: ToolUse }
  | { type: 'delta'; text: string }
  /** All text so far is void: the model broke off, or its answer turned out unusable. What follows begins anew. */
  | { type: 'discarded' };
