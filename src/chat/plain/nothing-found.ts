import { formatPeriod } from '../../russian/formats.ts';
import type { UnderstoodConstraint } from '../../retrieval/search.ts';
import type { MentionKind } from '../../understanding/mention.ts';
import type { Language } from '../chat-answer.ts';
import { quote } from '../shown-text.ts';
import type { PlainMaterial } from './plain-material.ts';

const KINDS: Readonly<Record<MentionKind, Record<Language, string>>> = {
  product: { ru: 'товар', en: 'product' },
  article: { ru: 'артикул', en: 'article' },
  brand: { ru: 'бренд', en: 'brand' },
  category: { ru: 'категория', en: 'category' },
  name: { ru: 'название', en: 'name' },
  type: { ru: 'вид записей', en: 'kind of rows' },
  state: { ru: 'состояние', en: 'state' },
  period: { ru: 'период', en: 'period' },
  size: { ru: 'размер', en: 'size' },
  rating: { ru: 'оценка', en: 'rating' },
  quantity: { ru: 'количество', en: 'quantity' },
  amount: { ru: 'сумма', en: 'amount' },
  warehouse: { ru: 'склад', en: 'warehouse' },
  region: { ru: 'регион', en: 'region' },
  recency: { ru: 'сначала новые', en: 'newest first' },
  topic: { ru: 'тема', en: 'topic' },
};

const NAMED = 8;

/** That there is nothing, what was looked for, and what may help. */
export function sayNothingFound({ language, hits, tools, understood }: PlainMaterial): string[] {
  const isRussian = language === 'ru';
  if (hits === undefined) {
    // The notices say that the search is away.
    if (tools.length > 0) return [];
    return [
      isRussian ? 'Ответа на этот вопрос сейчас нет.' : 'There is no answer to this question at the moment.',
    ];
  }
  const asked = understood.slice(0, NAMED).map((constraint) => sayConstraint(constraint, language));
  const list = `${asked.join(', ')}${understood.length > NAMED ? ', …' : ''}`;
  if (isRussian)
    return [
      'По этому вопросу в кабинете ничего не нашлось.',
      ...(asked.length === 0 ? [] : [`Вопрос понят так: ${list}.`]),
      asked.length > 1
        ? 'Попробуйте убрать одно из этих условий или расширить период.'
        : 'Попробуйте назвать артикул WB, бренд, товар или период так, как они записаны в кабинете.',
      'Показатели можно спросить прямо: «сколько заказов за неделю», «какие товары скоро закончатся».',
    ];
  return [
    'Nothing in the cabinet answers this question.',
    ...(asked.length === 0 ? [] : [`It was understood as: ${list}.`]),
    asked.length > 1
      ? 'Try to leave out one of these conditions, or ask about a longer period.'
      : 'Try the WB article (nm_id), brand, product or period as the cabinet has them.',
    'Figures can be asked for directly, best in Russian: «сколько заказов за неделю», «какие товары скоро закончатся».',
  ];
}

/** `период — «вчера» (за 5 ноября 2036)` */
function sayConstraint({ kind, value, words }: UnderstoodConstraint, language: Language): string {
  const period = kind === 'period' ? periodOf(value) : undefined;
  const dates =
    period === undefined
      ? ''
      : ` (${language === 'ru' ? formatPeriod(period) : [...new Set([period.from, period.to])].join(' to ')})`;
  return `${KINDS[kind][language]}${language === 'ru' ? ' — ' : ' '}${quote(words, 60)}${dates}`;
}

const DAY = /^\d{4}-(?:0[1-9]|1[0-2])-\d\d$/;

function periodOf(value: unknown): { from: string; to: string } | undefined {
  const { from, to } = (value ?? {}) as { from?: unknown; to?: unknown };
  return typeof from === 'string' && typeof to === 'string' && DAY.test(from) && DAY.test(to)
    ? { from, to }
    : undefined;
}
