import { isOneSlipAway } from '../../russian/typos.ts';

/** What a word of a question may be about. */
export type Concept =
  | 'revenue'
  | 'orders'
  | 'buyouts'
  | 'buyout'
  | 'returns'
  | 'cancellations'
  | 'average'
  | 'check'
  | 'payout'
  | 'reviews'
  | 'rating'
  | 'negative'
  | 'unanswered'
  | 'stock'
  | 'ends'
  | 'reorder'
  | 'abc'
  | 'complain'
  | 'praise'
  | 'lasts'
  | 'ended'
  | 'overstock'
  | 'price'
  | 'discount'
  | 'cheap'
  | 'dear'
  | 'percent'
  | 'how-many'
  | 'sum'
  | 'top'
  | 'best'
  | 'worst'
  | 'most'
  | 'least'
  | 'compare'
  | 'changed'
  | 'fell'
  | 'grew'
  | 'previous'
  | 'by-day'
  | 'by-week'
  | 'by-month'
  | 'which'
  | 'each'
  | 'product'
  | 'brand'
  | 'category'
  | 'subject'
  | 'size'
  | 'warehouse'
  | 'region'
  | 'day'
  | 'week'
  | 'month'
  | 'hour'
  | 'weekday'
  | 'slang'
  | 'report'
  | 'find'
  | 'first'
  | 'not'
  | 'show'
  | 'filler';

/**
 * Words by their beginnings (`заказ-`) or as they are, with е for ё. The first concept that fits takes the word. What sellers
 * say among themselves stands beside what Wildberries' reports say.
 */
const WORDS: readonly (readonly [Concept, string])[] = [
  [
    'how-many',
    'many much сколько скока сколька скоко скок сколк количество количества кол-во колво скольки число числа',
  ],
  [
    'revenue',
    'revenue turnover выручк- выручил- оборот обороты оборота обороту оборотом деньг- денег деньгам бабл- бабк- бабок доход- заработал- заработок касса кассу кассы принес принесл- приносит приносят наторгова- навар-',
  ],
  ['cancellations', 'отмен- отказ- отваливш- отвал-'],
  ['unanswered', 'неотвечен- безответн- неотвеч-'],
  ['returns', 'возврат- возвращ- возвращен- вернул- верну- вертают возвраща- обратк- returns returned'],
  ['buyout', 'выкуп выкупа выкупу выкупе выкупом выкупаемост- выкупаем- выкупают выкупаются выкупается'],
  [
    'buyouts',
    'выкуп- продаж- продал- продан- продав- купил- купл- покуп- покупк- раскупа- раскупил- реализац- реализова- расход- сейл- продается продаются ушло ушли ушел ушла уходит уходят разобрали разбирают разлетел- сбыли взяли берут брали sales sold',
  ],
  ['orders', 'заказ- ордер- orders order ordered'],
  ['check', 'чек чека чеку чеком чеки чеков'],
  ['average', 'средн- ср'],
  ['payout', 'перечисл- выплат- выплач-'],
  ['negative', 'негатив- отрицательн- плох- единиц- двоек двойки'],
  ['complain', 'жалу- жалоб- ругают ругал- недовол- хейт-'],
  ['praise', 'хвал- нравится нравятся понравил-'],
  ['reviews', 'reviews отзыв- фидбек- фидбэк- комментар- коммент-'],
  ['rating', 'рейтинг- оценк- оценен- оценив- звезд- балл баллы балла баллов'],
  ['ends', 'законч- заканч- кончит- кончат- кончает- кончают- кончат иссяк- израсход- обнулится обнулятся'],
  [
    'reorder',
    'подсорт- пополн- дозаказ- докупить докупать закупить закупать закупк- довез- довоз- завез- завоз- подвез- подвоз- поставить отгрузить отвезти везти поставк-',
  ],
  ['abc', 'abc абц авс'],
  ['ended', 'закончил- кончил- обнулил- отсутств-'],
  ['lasts', 'хватит хватает хватят хвата- хватил- оборачиваем- протян-'],
  [
    'overstock',
    'излиш- затовар- неликвид- залежал- залежавш- залеж- пылится пылятся перезатар- избыт- лишн-',
  ],
  [
    'stock',
    'stock лежит лежат лежало остат- осталось остался осталась остались остаток запас- склад-остат налич- сток стоки стоков стоке стокам стока',
  ],
  ['discount', 'скидк- скидок'],
  ['price', 'цена цены цену цене ценой цен ценам ценник- стоимост- стоит стоят'],
  ['dear', 'дорог- дороже'],
  ['cheap', 'дешев- дешевле'],
  ['report', 'отчет- итоги сводк- статистик- показател-'],
  ['find', 'найди найдите найти ищи ищу поищи'],
  ['percent', '% процент- доля долю доли доле рейт'],
  ['sum', 'сумм- деньгах рублях руб рублей'],
  ['top', 'top топ топа топом топчик топе рейтинге-продаж лидер- хит хиты хитов бестселлер- топов- антитоп'],
  ['best', 'best лучш- лутш- успешн- популярн- ходов- прибыльн- востребован-'],
  ['worst', 'worst худш- хуже аутсайдер- слаб-'],
  [
    'most',
    'most высок- больше самы- самая самое самый наибол- чаще максим- максимум большая большой сильнее наибольш-',
  ],
  ['least', 'least низк- меньше реже миним- наимен- минимум маленьк-'],
  ['compare', 'сравн- сопостав- против vs относительно отлич- разниц- сравнению чем'],
  ['fell', 'упал- упало упали падени- снизил- снижен- просел- просад- уменьш- падает падают ухудш- просела'],
  ['grew', 'вырос- выросл- рост роста растет растут поднял- повысил- увелич- улучш- прибав-'],
  ['changed', 'измени- изменен- поменял- меня- стало стал стала стали'],
  ['previous', 'предыдущ- прошл- позапрошл- прежн- прошед-'],
  ['by-day', 'ежедневн- подневн- посуточн- суточн- динамик-'],
  ['by-week', 'еженедельн- понедельн-'],
  ['by-month', 'ежемесячн- помесячн-'],
  ['which', 'which какой какая какие какое какую каких какого какому какими каким какой-то кто'],
  [
    'each',
    'каждого каждому каждый каждая каждой каждом каждым каждую каждое отдельно разрез- разбивк- разбей',
  ],
  [
    'product',
    'products product карточек товар- артикул- позици- карточк- номенклатур- sku ску модел- вещь вещи вещей',
  ],
  ['brand', 'бренд- брэнд- марк- торгов-марк'],
  ['category', 'категори- раздел- групп-'],
  ['subject', 'предмет-'],
  ['size', 'размер- размерн- р-р'],
  ['warehouse', 'склад-'],
  ['region', 'куда регион- област- город- округ-'],
  ['weekday', 'недели-дням'],
  ['day', 'день дня дни дней дням днях днем сутки суткам'],
  ['week', 'недел-'],
  ['month', 'месяц-'],
  ['hour', 'час часам часы часов часу'],
  ['first', 'перв- скор- раньше быстрее ближайш- скоро вот-вот'],
  ['not', 'не нет ни без нету'],
  ['slang', 'че чо чё шо что'],
  [
    'show',
    'покажи показать покажите дай дайте выведи скажи скажите подскажи подскажите посчитай посчитайте посчитать напиши расскажи хочу узнать знать пожалуйста плиз можешь интересует список',
  ],
  [
    'filler',
    'как там дела по добрый здравствуйте привет спасибо нужны нужен нужно чем-то у в во на за с со и а но же ли бы к от до из для о об про это этот эта эти мой мои моих мне меня нас наш наши наших было был была были есть будет всего все всех в-сумме за итог итого общая общий общее вообще магазин- кабинет- wb вб вайлдберриз wildberries шт штук штуки руб рублей ответ ответа ответили отвечен- ответил нужно надо время период раз уже еще сейчас сегодняшн- текущ- тек',
  ],
];

interface Entry {
  concept: Concept;
  text: string;
  isBeginning: boolean;
}

const ENTRIES: readonly Entry[] = WORDS.flatMap(([concept, list]) =>
  list.split(' ').map((word) => {
    const isBeginning = word.endsWith('-');
    return { concept, text: isBeginning ? word.slice(0, -1) : word, isBeginning };
  }),
);

/** The longest beginning or the whole word decides: `выкупаемость` is not `выкуп-`. */
export function conceptOf(word: string): Concept | undefined {
  let best: Entry | undefined;
  for (const entry of ENTRIES) {
    const fits = entry.isBeginning ? word.startsWith(entry.text) : word === entry.text;
    if (!fits) continue;
    if (!entry.isBeginning) return entry.concept;
    if (best === undefined || entry.text.length > best.text.length) best = entry;
  }
  return best?.concept;
}

/** Whole words that a slip of the finger may have come from: shorter ones are too alike. */
export const SPELLED: readonly (readonly [string, Concept])[] = [
  'выручка выручки выручку:revenue',
  'заказы заказов заказ заказали заказам заказывают:orders',
  'продажи продаж продажам продали продано продается:buyouts',
  'выкупы выкупов выкупили выкупам:buyouts',
  'выкупа выкупаемость:buyout',
  'возвраты возвратов возврат возврата возвратам возвращают вернули:returns',
  'отмены отмен отменили отменам отмененных:cancellations',
  'остатки остатков остаток остатку осталось остаткам:stock',
  'отзывы отзывов отзыв отзывам:reviews',
  'рейтинг рейтинга рейтингу оценка оценки оценку:rating',
  'сколько количество:how-many',
  'процент проценты:percent',
  'средний средняя среднюю среднего:average',
  'сравни сравнить сравнение:compare',
  'закончится закончатся заканчивается заканчиваются кончится:ends',
  'хватит:lasts',
  'товары товаров товарам товару товар артикулам:product',
  'бренды брендам брендов бренда бренду бренд:brand',
  'категории категориям категорий категория:category',
  'размеры размерам размеров размера размер:size',
  'складам складах складов:warehouse',
  'неотвеченных неотвеченные:unanswered',
  'негативных негатива негативные:negative',
  'покажи пожалуйста подскажите:show',
  'лучше лучший лучшие лучших:best',
  'самый самая самые самое:most',
].flatMap((line) => {
  const [words = '', concept] = line.split(':');
  return words.split(' ').map((word) => [word, concept as Concept] as const);
});

const SHORTEST_WITH_SLIP = 5;

/** Of each word what it may be about; of `кол-во`, which is three tokens, the first. */
export function conceptsOf(words: readonly { text: string }[]): (Concept | undefined)[] {
  return words.map(({ text }, place) => {
    const [dash, next] = [words[place + 1]?.text, words[place + 2]?.text];
    const joined = dash === '-' && next !== undefined ? conceptOf(`${text}-${next}`) : undefined;
    return joined ?? conceptOf(text) ?? conceptWithSlip(text);
  });
}

function conceptWithSlip(text: string): Concept | undefined {
  if (text.length < SHORTEST_WITH_SLIP || !/^\p{Script=Cyrillic}+$/u.test(text)) return undefined;
  return SPELLED.find(([word]) => isOneSlipAway(word, text))?.[1];
}
