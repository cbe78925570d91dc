import type { ChatNotice, Language } from './chat-answer.ts';
import { quote } from './shown-text.ts';

/** In which an answer is given: Russian for a question with Cyrillic letters, English for any other. */
export function languageOf(question: string): Language {
  return /\p{Script=Cyrillic}/u.test(question) ? 'ru' : 'en';
}

/** Why there is no answer of the model: an error code of src/errors.ts, or what was wrong with what it said. */
export type ModelFailure =
  | 'chat_unavailable'
  | 'chat_context_too_long'
  | 'chat_refused'
  | 'timeout'
  | 'empty_answer'
  | 'content_filter'
  | 'too_many_calls';

/** What each notice tells of; given to whoever reads the answer as data, too. */
export interface NoticeDetails {
  without_model: Record<string, never>;
  model_unavailable: { reason: ModelFailure };
  search_unavailable: Record<string, never>;
  /** Names of functions. */
  tool_failed: { tools: readonly string[] };
  /** The constraints of the question that were dropped. */
  relaxed: { words: readonly string[] };
  /** Rows. */
  shortened: { shown: number; found: number };
  cut_off: Record<string, never>;
  question_cut: { words: number };
  /** As the answer writes them. */
  unverified_numbers: { numbers: readonly string[] };
}

type Sentences = {
  [Code in ChatNotice['code']]: Record<Language, (details: NoticeDetails[Code]) => string>;
};

const REASONS: Record<ModelFailure, Record<Language, string>> = {
  chat_unavailable: {
    ru: 'она недоступна, перегружена или исчерпан её лимит',
    en: 'it is down, overloaded or out of quota',
  },
  chat_context_too_long: {
    ru: 'вопрос с найденными данными длиннее, чем она принимает',
    en: 'the question with the data found is longer than it takes',
  },
  chat_refused: { ru: 'она отклонила запрос', en: 'it refused the request' },
  timeout: { ru: 'она не ответила вовремя', en: 'it did not answer in time' },
  empty_answer: { ru: 'её ответ был пуст', en: 'its answer was empty' },
  content_filter: {
    ru: 'её ответ остановлен фильтром провайдера',
    en: 'its answer was stopped by the filter of the provider',
  },
  too_many_calls: {
    ru: 'она запрашивала данные снова и снова и не ответила',
    en: 'it asked for data again and again and gave no answer',
  },
};

/** A long list tells no more than its beginning. */
const NAMED = 5;

const SENTENCES: Sentences = {
  without_model: {
    ru: () =>
      'Ответ составлен без языковой модели: по поиску и расчётам. Чтобы отвечала модель, задайте OPENAI_API_KEY.',
    en: () =>
      'This answer was composed without a language model, from search and calculations. For answers by a model set OPENAI_API_KEY.',
  },
  model_unavailable: {
    ru: ({ reason }) =>
      `Языковая модель не ответила: ${REASONS[reason].ru}. Ответ составлен без неё: по поиску и расчётам.`,
    en: ({ reason }) =>
      `The language model gave no answer: ${REASONS[reason].en}. This one was composed without it, from search and calculations.`,
  },
  search_unavailable: {
    ru: () => 'Поиск по записям сейчас недоступен: ответ дан без него. Спросите ещё раз позже.',
    en: () => 'The rows cannot be searched at the moment: this answer does without them. Ask again later.',
  },
  tool_failed: {
    ru: ({ tools }) => `Часть показателей получить не удалось (${named(tools)}): в ответе их нет.`,
    en: ({ tools }) => `Some figures could not be had (${named(tools)}): the answer lacks them.`,
  },
  relaxed: {
    ru: ({ words }) =>
      `По всем условиям вопроса ничего не нашлось, поэтому не учтено: ${quoted(words)}. Проверьте, подходит ли ответ.`,
    en: ({ words }) =>
      `Nothing meets all conditions of the question, so these were left out: ${quoted(words)}. Check whether the answer still fits.`,
  },
  shortened: {
    ru: ({ shown, found }) =>
      `Модели передана только часть найденного: записей ${shown} из ${found}. Уточните вопрос, чтобы вошло нужное.`,
    en: ({ shown, found }) =>
      `The model was given only a part of what was found: ${shown} of ${found} rows. A narrower question lets the right ones in.`,
  },
  cut_off: {
    ru: () => 'Ответ модели оказался слишком длинным и обрывается. Задайте вопрос поуже.',
    en: () => 'The answer of the model was too long and ends early. Ask something narrower.',
  },
  question_cut: {
    ru: ({ words }) =>
      `Вопрос слишком длинный: разобраны только первые ${words} слов. Задайте его короче, если ответ не о том.`,
    en: ({ words }) =>
      `The question is too long: only its first ${words} words were read. Ask a shorter one if the answer misses it.`,
  },
  unverified_numbers: {
    ru: ({ numbers }) =>
      `Проверьте числа, которых нет в данных: ${named(numbers)}. Модель могла ошибиться или посчитать их сама.`,
    en: ({ numbers }) =>
      `Check the numbers that stand in none of the data: ${named(numbers)}. The model may be wrong, or have computed them itself.`,
  },
};

/** What the reader has to know, as a sentence of the answer's language. Pure. */
export function noticeOf<Code extends ChatNotice['code']>(
  code: Code,
  language: Language,
  details: NoticeDetails[Code],
): ChatNotice {
  const message = SENTENCES[code][language](details);
  return Object.keys(details).length === 0 ? { code, message } : { code, message, details: { ...details } };
}

const quoted = (words: readonly string[]) => named(words.map((word) => quote(word, 60)));

function named(words: readonly string[]): string {
  const distinct = [...new Set(words)];
  return distinct.length > NAMED ? `${distinct.slice(0, NAMED).join(', ')}, …` : distinct.join(', ');
}
