import type { Draft } from './draft.ts';
import type { Finding } from './mention.ts';

/** Words that say which rows are asked for. `strong` ones do; the others (`товар`, `склад`) only if no strong one does. */
interface TypeWord {
  type: string;
  source: string;
  strong: boolean;
  kind?: 'type' | 'state';
}

const strong = (type: string, source: string, kind: 'type' | 'state' = 'type'): TypeWord => ({
  type,
  source,
  strong: true,
  kind,
});
const weak = (type: string, source: string): TypeWord => ({ type, source, strong: false });

const TYPE_WORDS: readonly TypeWord[] = [
  strong('returned orders', String.raw`(?:возвращенн\p{L}*) заказ\p{L}*|заказ\p{L}* (?:с )?возвра\p{L}+`),
  strong('bought orders', String.raw`выкупленн\p{L}* заказ\p{L}*`),
  strong(
    'cancelled',
    String.raw`(?:заказ\p{L}* )?(?:отмен\p{L}*|аннулир\p{L}*|отказ(?:ы|ов|ам|ах|ались)?|отказал\p{L}*)(?: заказ\p{L}*)?`,
  ),
  strong('active', String.raw`(?:активн\p{L}*)(?: заказ\p{L}*)?`),
  strong('order', String.raw`заказ\p{L}*|orders?`),
  strong(
    'return',
    String.raw`возвраты?|возврат(?:а|е|у|ов|ам|ами|ах|ом)|вернул\p{L}*|возвраща\p{L}*|вернуть|возвращен\p{L}*|returns?`,
  ),
  strong('buyout', String.raw`выкуп\p{L}*|продал\p{L}*|раскупил\p{L}*|купили|покупали`),
  strong('sale', String.raw`продаж\p{L}*|продан\p{L}*|продавал\p{L}*|продаю\p{L}*|реализаци\p{L}*|sales?`),
  strong('answered', String.raw`с ответ(?:ом|ами)|отвеченн\p{L}*`, 'state'),
  strong(
    'unanswered',
    String.raw`без ответ\p{L}*|неотвеч\p{L}*|не (?:ответил\p{L}*|отвечен\p{L}*|отвечал\p{L}*)`,
    'state',
  ),
  strong(
    'review',
    String.raw`отзыв\p{L}*|отзовик\p{L}*|комментари\p{L}*|комменты|пишут|написал\p{L}*|жалуются|жалуется|жаловал\p{L}*|жалоб\p{L}*|ругают|хвалят|оценк\p{L}*|фидбек\p{L}*|(?:не )?нрав(?:ится|ятся)|недовольн\p{L}*|reviews?`,
  ),
  strong(
    'running out',
    String.raw`(?:скоро )?(?:заканчива\p{L}*|кончают\p{L}*|кончает\p{L}*|закончится|закончатся|кончится|кончатся)|на исходе|мало остал\p{L}*|остал\p{L}* мало|почти (?:нет|кончил\p{L}*|закончил\p{L}*)`,
    'state',
  ),
  strong(
    'sold out',
    String.raw`закончил\p{L}*|кончил\p{L}*|нет (?:в )?налич\p{L}*|распродан\p{L}*|нету? на складе|нет остатк\p{L}*`,
    'state',
  ),
  strong(
    'to client',
    String.raw`(?:едут|едет|везут|в пути|поехал\p{L}*|отправлен\p{L}*) (?:к |до )?(?:клиент\p{L}*|покупател\p{L}*)`,
    'state',
  ),
  strong(
    'from client',
    String.raw`(?:едут|едет|везут|в пути) (?:обратно|назад|от (?:клиент\p{L}*|покупател\p{L}*))|возвраты? в пути`,
    'state',
  ),
  strong('in stock', String.raw`(?:есть )?в наличи\p{L}*`, 'state'),
  strong(
    'stock',
    String.raw`остат\p{L}*|остал(?:ось|ся|ись|ась)|остает\p{L}*|остают\p{L}*|запас(?:ы|ов|а|ам|ах)?|стоки|сток|stocks?`,
  ),
  strong('product', String.raw`карточк\p{L}*|номенклатур\p{L}*|ассортимент\p{L}*`),
  weak('stock', String.raw`(?:на |со |с )?склад(?:е|а|ах|ов|у|ам|ы)?|лежит|лежат|хранит\p{L}*`),
  weak(
    'product',
    String.raw`товар\p{L}*|цен(?:а|ы|у|е|ам|ах|ник\p{L}*)|почем|стоит|стоят|стоимост\p{L}*|прайс\p{L}*|рейтинг\p{L}*`,
  ),
];

/** Words that are none of these, though they look so, and what does not happen: `возвратная пружина`, `не продаются`. */
const NOT_MEANT = String.raw`возвратн\p{L}*|не (?:продан\p{L}*|прода(?:ет|ют)\p{L}*|продавал\p{L}*|куплен\p{L}*)`;

/** What is meant when a state is not: `не в наличии`, `не без ответа`. */
const OPPOSITE: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    ...{ 'in stock': 'sold out', 'sold out': 'in stock' },
    ...{ answered: 'unanswered', unanswered: 'answered' },
  }),
);

const anyTypeWord = new RegExp(`^(?:${TYPE_WORDS.map(({ source }) => source).join('|')})$`, 'u');

/** Whether a word by itself says which rows are asked for. */
export function isTypeWord(word: string): boolean {
  return anyTypeWord.test(word);
}

/** Finds the words that say which rows are asked for, or in which state. Each is a mention of its own. */
export function readRowTypes(draft: Draft): void {
  draft.find(NOT_MEANT, () => 'nothing');
  for (const { type, source, strong: isStrong, kind = 'type' } of TYPE_WORDS)
    draft.find(source, (): Finding => ({
      kind,
      value: type,
      filters: {},
      ...(isStrong ? {} : { isWeak: true }),
    }));
  for (const mention of draft.mentions) {
    const opposite = mention.excluded ? OPPOSITE.get(String(mention.value)) : undefined;
    if (mention.kind !== 'state' || opposite === undefined) continue;
    mention.value = opposite;
    mention.excluded = false;
  }
}

/** Weak words in the order of what they say: `товары на складе` are what lies there. */
export const WEAK_TYPES: readonly string[] = TYPE_WORDS.flatMap(({ type, strong: isStrong }) =>
  isStrong ? [] : [type],
);
