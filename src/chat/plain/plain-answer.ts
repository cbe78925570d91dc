import type { SearchHit, UnderstoodConstraint } from '../../retrieval/search.ts';
import type { Language, ToolUse } from '../chat-answer.ts';

/** What is known of a question when it is to be answered without a language model. */
export interface PlainMaterial {
  language: Language;
  /** The figures that the question asks for; empty when it asks for none, or for what no function computes. */
  tools: readonly ToolUse[];
  /** Words of the question that the figures leave out of account (`сколько заказов в Тамбов`). */
  ignored: readonly string[];
  /** Best first. Undefined: they could not be looked for. */
  hits: readonly SearchHit[] | undefined;
  understood: readonly UnderstoodConstraint[];
}

export interface PlainAnswer {
  /** Refers to hits as `[1]`, … in the order of `cited`. Says nothing of why there is no model: the notices do. */
  text: string;
  /** The hits that it quotes. */
  cited: readonly SearchHit[];
}

/** An answer made of figures and quoted rows alone. Pure. */
export declare function composePlainAnswer(material: PlainMaterial): PlainAnswer;
