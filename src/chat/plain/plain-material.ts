import type { Obstacle } from '../../understanding/figures/figures.ts';
import type { SearchHit, UnderstoodConstraint } from '../../retrieval/search.ts';
import type { Language, ToolUse } from '../chat-answer.ts';

/** What is known of a question when it is to be answered without a language model. */
export interface PlainMaterial {
  language: Language;
  /** The figures that the question asks for; empty when it asks for none, or for what no function computes. */
  tools: readonly ToolUse[];
  /** False: the question may as well ask to see the rows (`заказы за вчера`). Absent: it asks for the figures. */
  isCertain?: boolean | undefined;
  /** Why figures that the question asks for are not given (`сколько заказов в Тамбов`). */
  obstacles: readonly Obstacle[];
  /** Words that narrow, and of which nothing is known: rows that have none of them do not answer the question. */
  unknown?: readonly string[];
  /** Best first. Undefined: they could not be looked for. */
  hits: readonly SearchHit[] | undefined;
  understood: readonly UnderstoodConstraint[];
}
