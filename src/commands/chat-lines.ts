import type { ChatAnswer, ChatSource, ChatUsage, ToolUse } from '../chat/chat-answer.ts';
import { describeUnderstood } from './describe-understood.ts';

/** Without what moves the cursor, changes colours or reverses text: a model, a buyer or a seller wrote it. */
export function forTerminal(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- whole, or their letters would stay
      .replace(/\u001b\[[\d;?]*[ -/]*[@-~]/g, '')
      .replace(/[^\P{Cc}\n\t]/gu, '')
      .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
      .toWellFormed()
  );
}

/** What stands below the text of an answer: what it rests on, how it was understood, what it cost. */
export function linesBelow(answer: ChatAnswer, options: { sources?: boolean | undefined } = {}): string[] {
  const { sources, tools, understood, usage, remainingToday } = answer;
  return [
    ...(sources.length === 0 || options.sources === true
      ? []
      : [`Sources: ${sources.map(nameOf).join('; ')}`]),
    ...(tools.length === 0 ? [] : [`Calculated: ${tools.map(sayTool).join('; ')}`]),
    ...(understood.length === 0 ? [] : [describeUnderstood(understood)]),
    ...(usage.model === null ? [] : [describeUsage(usage)]),
    ...(remainingToday === null ? [] : [`Messages left today: ${remainingToday}`]),
    ...(options.sources === true ? linesOfSources(sources) : []),
  ].map(forTerminal);
}

/** `[1] wb_reviews 17, 2036-11-07` */
function nameOf({ number, sourceTable, sourceId, documentDate }: ChatSource): string {
  return `[${number}] ${sourceTable} ${sourceId}${documentDate === null ? '' : `, ${documentDate}`}`;
}

const sayTool = ({ name, status }: ToolUse): string => (status === 'ok' ? name : `${name} (failed)`);

/** Each source with its text. */
export function linesOfSources(sources: readonly ChatSource[]): string[] {
  return sources.flatMap((source) => [
    nameOf(source),
    ...forTerminal(source.text)
      .split('\n')
      .map((line) => `    ${line}`),
  ]);
}

/** Each calculation with what it was asked and what it says. */
export function linesOfTools(tools: readonly ToolUse[]): string[] {
  return tools.flatMap((tool) => [
    forTerminal(`${sayTool(tool)} ${JSON.stringify(tool.parameters)}`),
    `    ${forTerminal(tool.text)}`,
  ]);
}

/** `gpt-4o-mini: 2 requests, 1234 + 56 tokens, $0.0012` */
export function describeUsage({
  model,
  requests,
  promptTokens,
  completionTokens,
  costUsd,
}: ChatUsage): string {
  const cost =
    costUsd === null
      ? 'cost not known'
      : costUsd > 0 && costUsd < 0.0001
        ? 'under $0.0001'
        : `$${costUsd.toFixed(4)}`;
  const asked = requests === 1 ? '1 request' : `${requests} requests`;
  return `${model ?? 'no model'}: ${asked}, ${promptTokens} + ${completionTokens} tokens, ${cost}`;
}
