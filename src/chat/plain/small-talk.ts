import { FILLERS } from '../../understanding/fillers.ts';
import type { Language } from '../chat-answer.ts';

const SMALL_TALK = new Set(
  'ты вы тебе тебя вам вас как дела умеешь умеете можешь можете делаешь помощь помоги помогите хай ку приветствую здравствуй доброго дня ок окей понятно ясно благодарю пока спс старт start help hello hi hey good morning day evening thanks thank you what can do how are ok bye please'.split(
    ' ',
  ),
);

/** A greeting, thanks, `что ты умеешь`: nothing that rows or figures could answer. */
export function isSmallTalk(message: string): boolean {
  const words = message.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  // `как дела` is small talk, `как дела с продажами` a question.
  return words.every((word) => SMALL_TALK.has(word) || FILLERS.has(word));
}

/** What can be asked. */
export function sayWhatCanBeAsked(language: Language): string {
  return language === 'ru'
    ? 'Спросите о товарах, заказах, продажах, остатках или отзывах кабинета. Например: «сколько выручки вчера», «на что жалуются в отзывах», «что закончится через неделю», «топ товаров за месяц».'
    : 'Ask about the products, orders, sales, stocks or reviews of the cabinet, best in Russian: «сколько выручки вчера», «на что жалуются в отзывах», «что закончится через неделю», «топ товаров за месяц».';
}
