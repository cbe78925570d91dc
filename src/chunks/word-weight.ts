import { isStopWord } from '../russian/stop-words.ts';

/** Words of labels, which stand in every chunk of a kind, so they tell chunks apart as badly as stop words do. */
const LABEL_WORDS = new Set(
  `товар товары товара товаров артикул артикула артикулу wb nm id бренд бренда размер размера размеры дата даты
сумма текст количество шт штук название предмет категория номер штрихкод скидка продавца покупателя отгрузки
регион доставки состояние учетом пути достоинства недостатки ответ руб рублей`.split(/\s+/),
);

/** What a word of a question or a chunk counts, 1 for most; `word` is lower-case with `е` for `ё`. */
export function weightOfWord(word: string): number {
  if (isStopWord(word)) return 0.15;
  return LABEL_WORDS.has(word) ? 0.35 : 1;
}
