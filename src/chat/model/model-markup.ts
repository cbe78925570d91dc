/**
 * What models write around an answer where their server does not take it out: thoughts, calls of tools, and the tokens of
 * their templates. DeepSeek, Qwen, gpt-oss (harmony), Mistral, Llama, Hermes, Kimi, GLM, Cohere, Seed, Gemma, YandexGPT.
 */

const THOUGHT =
  '(?:\\w+:|\\w+_)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|scratch_?pad|inner_?(?:monologue|thoughts?))';

const THOUGHTS_BEGIN = `<${THOUGHT}(?:\\s[^<>]{0,80})?>|\\[THINK\\]|◁think▷|<\\|(?:begin_of_thought|start_thinking|think|thinking)\\|>|<unused94>`;
const THOUGHTS_END = `<\\/${THOUGHT}\\s*>|\\[\\/THINK\\]|◁\\/think▷|<\\|(?:end_of_thought|end_thinking|\\/think|end_of_thinking)\\|>|<unused95>`;

/** What follows is a call, to the end of the reply: what is said behind one is said before it was looked up. */
const CALLS_BEGIN = [
  '<\\/?(?:tool|function)_?calls?(?:\\s[^<>]{0,80})?>',
  '<tool_code>',
  '<function=[\\w.-]+>',
  '<(?:\\w+:)?invoke\\s[^<>]{0,80}>',
  '<\\|python_tag\\|>',
  '<\\|(?:tool|function)_?calls?[^<>|]{0,40}\\|>',
  '<[|｜]\\s?(?:tool|function)[▁_]calls?[▁_][^<>]{0,20}[|｜]>',
  '<\\|start_action\\|>',
  '\\[TOOL_CALLS?(?:_START)?\\]',
  '\\[TOOL_REQUEST\\]',
].join('|');

/** In the harmony format a header ends at `<|message|>` and names the channel. */
const HEADER_BEGINS = '<\\|(?:channel|start)\\|>';
/** Nothing but what their templates put between the parts of a conversation. */
const TOKEN = [
  '<\\|start_header_id\\|>\\w*<\\|end_header_id\\|>',
  '<\\|im_start\\|>\\w*\\n',
  '<[|｜](?!start_header_id|im_start)[^<>|｜\\n]{1,60}[|｜]>',
  '<\\/?s>',
  '\\[\\/?INST\\]',
  '<(?:start|end)_of_turn>',
  '<\\/?(?:final_)?(?:answer|response|output|solution)>',
  '<eos>|<bos>|<pad>',
].join('|');

export type MarkKind = 'thoughtsBegin' | 'thoughtsEnd' | 'callsBegin' | 'headerBegins' | 'token';

export interface Mark {
  kind: MarkKind;
  /** Where it stands, and where what follows begins. */
  start: number;
  end: number;
}

const MARKS = new RegExp(
  [
    `(?<thoughtsBegin>${THOUGHTS_BEGIN})`,
    `(?<thoughtsEnd>${THOUGHTS_END})`,
    `(?<callsBegin>${CALLS_BEGIN})`,
    `(?<headerBegins>${HEADER_BEGINS})`,
    `(?<token>${TOKEN})`,
  ].join('|'),
  'i',
);
export const END_OF_THOUGHTS = new RegExp(THOUGHTS_END, 'i');

/** Matches the end of a piece that may become a mark together with the next piece. */
const UNFINISHED =
  /(?:<\|(?:start_header_id|im_start)\|>\w*(?:<[^<>\s]{0,20})?|<[^<>\s][^<>\n]{0,100}|<|\[\/?[A-Z_]{0,24}|◁\/?\w{0,8})$/;

/** The first mark in a text. */
export function findMark(text: string): Mark | undefined {
  const found = MARKS.exec(text);
  if (found === null) return undefined;
  const groups = found.groups as Partial<Record<MarkKind, string>>;
  const kind = (Object.keys(groups) as MarkKind[]).find((name) => groups[name] !== undefined)!;
  return { kind, start: found.index, end: found.index + found[0].length };
}

/** How much of a text cannot become part of a mark, whatever comes next. */
export function settledLength(text: string): number {
  return UNFINISHED.exec(text)?.index ?? text.length;
}
