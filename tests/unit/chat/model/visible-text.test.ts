import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createVisibleText, type VisibleTextOptions } from '../../../../src/chat/model/visible-text.ts';

interface Shown {
  /** Everything that a reader saw, discarded or not. */
  seen: string;
  /** What is left of it in the end. */
  text: string;
  calls: string;
}

function show(pieces: readonly string[], options: VisibleTextOptions = {}, isCutOff = false): Shown {
  let [seen, text] = ['', ''];
  const visible = createVisibleText({ ...options, onDiscard: () => void (text = '') });
  for (const piece of pieces) {
    const shown = visible.add(piece);
    seen += shown;
    text += shown;
  }
  const last = visible.end(isCutOff);
  return { seen: seen + last, text: text + last, calls: visible.calls };
}

/** In one piece, by letters, and in pieces of three. */
function* piecesOf(text: string): Generator<string[]> {
  yield [text];
  yield Array.from(text);
  yield text.match(/[^]{1,3}/g) ?? [];
}

const ANSWER = 'Двенадцать заказов [1], 1 990 ₽ < 2 000 ₽.';

const THOUGHTS: Record<string, string> = {
  'DeepSeek and Qwen': `<think>\nХм, 12?\n</think>\n\n${ANSWER}`,
  'thinking in the middle': `<thinking>Хм.</thinking>${ANSWER}`,
  'capitals and attributes': `<THINK budget="10">Хм.</THINK>${ANSWER}`,
  'other names': `<thought>Хм.</thought><reasoning>Хм.</reasoning><scratchpad>1</scratchpad>${ANSWER}`,
  Seed: `<seed:think>Хм.</seed:think>${ANSWER}`,
  Magistral: `[THINK]Хм.[/THINK]${ANSWER}`,
  Kimi: `◁think▷Хм.◁/think▷${ANSWER}`,
  Cohere: `<|START_THINKING|>Хм.<|END_THINKING|><|START_RESPONSE|>${ANSWER}<|END_RESPONSE|>`,
  OpenThinker: `<|begin_of_thought|>Хм.<|end_of_thought|><|begin_of_solution|>${ANSWER}<|end_of_solution|>`,
  Gemma: `<unused94>thought\nХм.<unused95>${ANSWER}<end_of_turn>`,
  'gpt-oss': `<|channel|>analysis<|message|>We need 12.<|end|><|start|>assistant<|channel|>final<|message|>${ANSWER}<|return|>`,
  'gpt-oss with a preamble': `<|start|>assistant<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>final<|message|>${ANSWER}`,
  'gpt-oss whose tokens were taken away': `analysisWe need 12.assistantfinal${ANSWER}`,
  'an answer in an element': `<answer>${ANSWER}</answer>`,
  'tokens of templates': `<|im_start|>assistant\n${ANSWER}<|im_end|>`,
  Llama: `<|start_header_id|>assistant<|end_header_id|>\n\n${ANSWER}<|eot_id|>`,
  'the end token of DeepSeek': `${ANSWER}<｜end▁of▁sentence｜>`,
  'the end token of Mistral': `<s>${ANSWER}</s>`,
};

const CALLS: Record<string, string> = {
  Hermes: '<tool_call>\n{"name": "search", "arguments": {"query": "x"}}\n</tool_call>',
  Qwen: '<tool_call>\n<function=search>\n<parameter=query>\nx\n</parameter>\n</function>\n</tool_call>',
  Mistral: '[TOOL_CALLS][{"name": "search", "arguments": {"query": "x"}}]',
  'a later Mistral': '[TOOL_CALLS]search{"query": "x"}',
  Llama: '<|python_tag|>{"name": "search", "parameters": {"query": "x"}}',
  'another Llama': '<function=search>{"query": "x"}</function>',
  DeepSeek:
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n```json\n{"query": "x"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
  Kimi: '<|tool_calls_section_begin|><|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>{"query": "x"}<|tool_call_end|>',
  'gpt-oss':
    '<|channel|>analysis<|message|>Look.<|end|><|start|>assistant<|channel|>commentary to=functions.search <|constrain|>json<|message|>{"query": "x"}<|call|>',
  YandexGPT: '[TOOL_CALL_START]search\n{"query": "x"}',
  Anthropic: '<invoke name="search"><parameter name="query">x</parameter></invoke>',
  'an old form': '<function_call>{"name": "search", "arguments": "{\\"query\\": \\"x\\"}"}</function_call>',
};

describe('what a reader may see of a model’s text', () => {
  for (const [name, reply] of Object.entries(THOUGHTS)) {
    it(`is the answer without thoughts and tokens, and nothing else for a moment: ${name}`, () => {
      for (const pieces of piecesOf(reply)) {
        const { seen, text } = show(pieces);
        assert.deepEqual([seen.trimEnd(), text.trimEnd()], [ANSWER, ANSWER], JSON.stringify(pieces));
      }
    });
  }

  for (const [name, reply] of Object.entries(CALLS)) {
    it(`is no call of a tool: ${name}`, () => {
      for (const pieces of piecesOf(`Сейчас посмотрю. ${reply}`)) {
        const { seen, calls } = show(pieces);
        assert.equal(seen.trimEnd(), 'Сейчас посмотрю.', JSON.stringify(pieces));
        assert.match(calls, /search/);
      }
    });
  }

  it('is not what comes before a lone end of thoughts', () => {
    for (const pieces of piecesOf(`Хм, считаю: 12.\n</think>\n\n${ANSWER}`)) {
      assert.equal(show(pieces).text, ANSWER);
      // Of a model that is known for it, or not known at all, not even for a moment.
      for (const thinksFirst of ['maybe', 'surely'] as const) {
        const { seen, text } = show(pieces, { thinksFirst });
        assert.deepEqual([seen, text], [ANSWER, ANSWER]);
      }
    }
  });

  it('is all of a reply without thoughts, unless it was cut off within them', () => {
    for (const pieces of piecesOf(ANSWER)) {
      assert.equal(show(pieces, { thinksFirst: 'maybe' }).text, ANSWER);
      assert.equal(show(pieces, { thinksFirst: 'surely' }).text, ANSWER);
      assert.equal(show(pieces, { thinksFirst: 'surely' }, true).text, '');
      assert.equal(show([`<think>${pieces.join('')}`], {}, true).text, '');
    }
  });

  it('is a reply that is nothing but a call as JSON only when it is none', () => {
    const isCall = (text: string) => text.includes('"search"');
    for (const reply of ['{"name": "search"}', '```json\n{"name": "search"}\n```', '[{"name": "search"}]']) {
      for (const pieces of piecesOf(reply)) assert.equal(show(pieces, { isCall }).seen, '', reply);
    }
    for (const reply of ['{а}', '```\nтаблица\n```', '[1] и [2]', '`x`'])
      for (const pieces of piecesOf(reply)) assert.equal(show(pieces, { isCall }).text, reply);
  });

  it('is everything else that has brackets', () => {
    const others = [
      '<b>12</b>',
      'a < b > c',
      '<',
      '[',
      '[Размер M]',
      'x <= 3',
      'Analysis of 12',
      'analysis of 12',
      '<3',
      '[T',
    ];
    for (const reply of others) for (const pieces of piecesOf(reply)) assert.equal(show(pieces).text, reply);
  });

  it('is given on as soon as it can be told', () => {
    const visible = createVisibleText();
    assert.deepEqual(
      ['Вчера ', 'было ', '12 <', 'b>'].map((piece) => visible.add(piece)),
      ['Вчера ', 'было ', '12 ', '<b>'],
    );
  });
});
