import { describeInLines } from '../../analytics/describe/describe-result.ts';
import type { Language, ToolUse } from '../chat-answer.ts';
import { onOneLine, shorten } from '../shown-text.ts';
import { describeInEnglish } from './english-figures.ts';

/** A question asks for one thing, or for two; more of them nobody reads. */
const TOOLS = 4;
/** A line of a list; the sentence of a whole result is some of them. */
const LONGEST_LINE = 400;
const LONGEST_SENTENCE = 1_500;
const LINES = 40;

/** The figures in lines. Empty when there are none to tell of. */
export function sayFigures(tools: readonly ToolUse[], language: Language): string[] {
  const lines = tools
    .slice(0, TOOLS)
    .flatMap((tool, place) => [...(place === 0 ? [] : ['']), ...linesOf(tool, language)]);
  const left = tools.length - TOOLS;
  if (left > 0) lines.push(language === 'ru' ? `И ещё расчётов: ${left}.` : `And ${left} more calculations.`);
  return lines;
}

function linesOf({ name, status, result, text }: ToolUse, language: Language): string[] {
  if (status === 'failed' || result === null) {
    const named = onOneLine(name).replaceAll('_', ' ');
    if (language === 'en') return [`These figures could not be had: ${named}.`];
    // Reasons are for whoever calls functions, mostly, and not in the reader's language.
    return [
      /\p{Script=Cyrillic}/u.test(text)
        ? shorten(onOneLine(text), LONGEST_LINE)
        : `Показатели получить не удалось: ${named}.`,
    ];
  }
  const lines = language === 'en' ? describeInEnglish(result) : describeInLines(result);
  const longest = lines.length === 1 ? LONGEST_SENTENCE : LONGEST_LINE;
  return lines.slice(0, LINES).map((line) => shorten(onOneLine(line), longest));
}
