import { readArguments } from './call-arguments.ts';

export interface WrittenCall {
  name: string;
  arguments: string;
}

/** Of Llama, Mistral, DeepSeek, Kimi, YandexGPT and harmony, where the name stands before its arguments. */
const NAMED =
  /(?:<function=|\[TOOL_CALLS?(?:_START)?\]\s*|[▁_]sep[|｜]>|(?:tool|function)[▁_]calls?[▁_]begin[|｜]>\s*(?:functions\.)?|<(?:\w+:)?invoke\s+name=")([A-Za-z_][\w-]*)/g;
/** Of Qwen and others: an element a parameter. */
const PARAMETER = /<parameter(?:=|\s+name=")([\w-]+)"?[^<>]*>\s*([^]*?)\s*<\/parameter>/g;

/**
 * Calls of these tools that a model wrote as text, because its server does not read them: as objects that name a tool and its
 * arguments, or as a name with the arguments behind it.
 */
export function findWrittenCalls(text: string, tools: readonly string[]): WrittenCall[] {
  const objects = [...jsonObjectsIn(text)];
  const calls = objects.flatMap(({ value }) => callOf(value, tools));
  if (calls.length > 0) return calls;
  const names = [...text.matchAll(NAMED)].filter(([, name]) => tools.includes(name!));
  return names.map((found, place) => {
    const from = found.index + found[0].length;
    const to = names[place + 1]?.index ?? text.length;
    const given = objects.find(({ start }) => start >= from && start < to)?.value;
    const parameters = given ?? parametersIn(text.slice(from, to));
    return { name: found[1]!, arguments: JSON.stringify(parameters) };
  });
}

function callOf(value: Record<string, unknown>, tools: readonly string[]): WrittenCall[] {
  const called = (value['function'] ?? value) as Record<string, unknown>;
  const { name, arguments: given, parameters = given, args = parameters } = called;
  if (typeof name !== 'string' || !tools.includes(name) || args === undefined) return [];
  const read = typeof args === 'string' ? readArguments(args) : args;
  return typeof read === 'object' && read !== null ? [{ name, arguments: JSON.stringify(read) }] : [];
}

function parametersIn(text: string): Record<string, unknown> {
  return Object.fromEntries([...text.matchAll(PARAMETER)].map(([, name, value]) => [name!, decoded(value!)]));
}

function decoded(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The outermost objects of JSON in a text, whatever stands around them. */
function* jsonObjectsIn(text: string): Generator<{ start: number; value: Record<string, unknown> }> {
  let start = -1;
  let depth = 0;
  let isQuoted = false;
  for (let place = 0; place < text.length; place++) {
    const character = text[place];
    if (isQuoted) {
      if (character === '\\') place++;
      else if (character === '"') isQuoted = false;
    } else if (character === '"' && depth > 0) isQuoted = true;
    else if (character === '{' && depth++ === 0) start = place;
    else if (character === '}' && depth > 0 && --depth === 0) {
      const value = readArguments(text.slice(start, place + 1));
      if (value !== undefined) yield { start, value };
    }
  }
}
