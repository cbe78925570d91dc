import type { Obstacle } from '../../understanding/figures/figures.ts';
import type { Language } from '../chat-answer.ts';
import { quote } from '../shown-text.ts';

const NAMED_WORDS = 8;

type Sentences = Record<Obstacle['reason'], Record<Language, (named: string, isOne: boolean) => string>>;

const SENTENCES: Sentences = {
  unread: {
    ru: (named, isOne) =>
      `${isOne ? 'Слова' : 'Слов'} ${named} нет среди товаров, брендов, категорий, размеров, складов и регионов кабинета, поэтому показатель не посчитан: иначе это была бы цифра по всему магазину. Назовите товар или место так, как в кабинете, или спросите без ${isOne ? 'этого слова' : 'этих слов'}.`,
    en: (named, isOne) =>
      `${isOne ? 'The word' : 'The words'} ${named} ${isOne ? 'is' : 'are'} in none of the products, brands, categories, sizes, warehouses and regions of the cabinet, so there is no figure: it would be that of the whole shop. Name the product or place as the cabinet does, or ask without ${isOne ? 'this word' : 'these words'}.`,
  },
  unhonoured: {
    ru: (named) =>
      `В таком расчёте нельзя учесть ${named}, поэтому показатель не посчитан: без этого условия цифра была бы о другом.`,
    en: (named) =>
      `This calculation cannot regard ${named}, so there is no figure: without it the figure would be of something else.`,
  },
  ahead: {
    ru: (named) => `Время, о котором спрошено (${named}), ещё не наступило: данных за него нет.`,
    en: (named) => `The time asked about (${named}) has not come yet: there is no data of it.`,
  },
  nowhere: {
    ru: (named) =>
      `В данных кабинета этого нет: ${named}. Здесь товары, заказы, продажи, возвраты, остатки и отзывы; ближайшее к вопросу — выручка, к перечислению, доля выкупа и остатки, спросите о них.`,
    en: (named) =>
      `The data of the cabinet has nothing of ${named}. It has products, orders, sales, returns, stocks and reviews; the nearest to ask about are revenue, payout, buyout rate and stock.`,
  },
  no_such_day: {
    ru: (named) => `Такого дня в календаре нет: ${named}.`,
    en: (named) => `There is no such day: ${named}.`,
  },
};

/** Why there is no figure, one sentence for each reason. Empty: nothing stands in the way. */
export function sayObstacles(obstacles: readonly Obstacle[], language: Language): string[] {
  return obstacles.map(({ reason, words }) => SENTENCES[reason][language](listOf(words), words.length === 1));
}

/** That no row has the words that narrow a question. */
export function sayUnknown(words: readonly string[], language: Language): string[] {
  const isOne = words.length === 1;
  return [
    language === 'ru'
      ? `${isOne ? 'Слова' : 'Слов'} ${listOf(words)} нет ни среди товаров и мест кабинета, ни в записях, которые подходят к вопросу. Назовите товар так, как он записан в кабинете, или спросите без ${isOne ? 'этого слова' : 'этих слов'}.`
      : `${isOne ? 'The word' : 'The words'} ${listOf(words)} ${isOne ? 'is' : 'are'} in none of the products and places of the cabinet, nor in the rows that fit the question. Name the product as the cabinet does, or ask without ${isOne ? 'this word' : 'these words'}.`,
  ];
}

function listOf(words: readonly string[]): string {
  const named = words.slice(0, NAMED_WORDS).map((word) => quote(word, 40));
  return `${named.join(', ')}${words.length > NAMED_WORDS ? ', …' : ''}`;
}
