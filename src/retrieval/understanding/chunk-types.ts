import type { Filters } from './constraint.ts';
import type { Reading } from './reading.ts';

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

/** What a type of rows is in the index: `chunk_type`, or `chunk_type:state`. */
const CLASSES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    order: ['order'],
    'returned orders': ['order:возвращён'],
    'bought orders': ['order:выкуплен'],
    cancelled: ['order:отменён'],
    active: ['order:активен'],
    sale: ['sale'],
    return: ['sale:ВОЗВРАТ', 'order:возвращён'],
    buyout: ['sale:ВЫКУП'],
    review: ['review'],
    answered: ['review:есть'],
    unanswered: ['review:нет'],
    stock: ['stock'],
    'running out': ['stock:заканчивается'],
    'sold out': ['product:нет в наличии'],
    'in stock': ['stock', 'product:в наличии'],
    'to client': ['stock'],
    'from client': ['stock'],
    product: ['product'],
  }),
);
/** A narrower word takes the place of a wider one: `отменённые заказы` are not all orders. */
const NARROWER: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    cancelled: 'order',
    active: 'order',
    return: 'order',
    answered: 'review',
    unanswered: 'review',
    'running out': 'stock',
    'to client': 'stock',
    'from client': 'stock',
    'in stock': 'stock',
  }),
);

/** Words that are none of these, though they look so, and what does not happen: `возвратная пружина`, `не выкуплены`. */
const NOT_MEANT = String.raw`возвратн\p{L}*|не (?:выкуп\p{L}*|продан\p{L}*|продает\p{L}*|куплен\p{L}*)`;

const anyTypeWord = new RegExp(`^(?:${TYPE_WORDS.map(({ source }) => source).join('|')})$`, 'u');

/** Whether a word by itself says which rows are asked for. */
export function isTypeWord(word: string): boolean {
  return anyTypeWord.test(word);
}

interface FoundType {
  word: TypeWord;
  words: string;
}

/** Finds which rows are asked for and adds one constraint, all words together: `возвраты и отмены` are either. */
export function readTypes(reading: Reading): void {
  const found: FoundType[] = [];
  reading.find(NOT_MEANT, () => 'nothing');
  for (const word of TYPE_WORDS) {
    reading.find(word.source, (_match, words) => {
      found.push({ word, words });
      return 'nothing';
    });
  }
  for (const { implies, words } of reading.constraints) {
    if (implies === undefined) continue;
    // A rating may be of a product or of a review; only when nothing else is said it is of the product.
    found.push({ word: { type: implies, source: '', strong: implies !== 'product' }, words });
  }
  const meant = found.some(({ word }) => word.strong)
    ? found.filter(({ word }) => word.strong)
    : weakest(found);
  const types = new Set(meant.map(({ word }) => word.type));
  for (const type of [...types]) {
    const wider = NARROWER.get(type);
    if (wider !== undefined) types.delete(wider);
  }
  if (types.has('bought orders') || types.has('returned orders')) types.delete('order');
  if (types.has('order') && types.has('buyout')) {
    types.delete('order');
    types.add('bought orders');
  }
  if (types.size === 0) return;
  const filters: Filters = { classes: [...new Set([...types].flatMap((type) => CLASSES.get(type)!))] };
  if (types.has('to client')) filters.inWay = 'to_client';
  if (types.has('from client')) filters.inWay = 'from_client';
  const narrow = filters.inWay !== undefined || (filters.classes ?? []).some((name) => name.includes(':'));
  const bare = [...new Set((filters.classes ?? []).map((name) => name.split(':')[0]!))];
  reading.constraints.push({
    kind: meant.some(({ word }) => word.kind === 'state') ? 'state' : 'type',
    value: [...types],
    words: [...new Set(meant.map(({ words }) => words))].filter((words) => words !== '').join(', '),
    used: 'filter',
    filters,
    ...(narrow ? { relaxedTo: { classes: bare } } : {}),
  });
}

/** Of weak words the first of the list: `товары на складе` are what lies there. */
function weakest(found: readonly FoundType[]): FoundType[] {
  const type = TYPE_WORDS.find(
    ({ type: name, strong: isStrong }) => !isStrong && found.some(({ word }) => word.type === name),
  )?.type;
  return found.filter(({ word }) => word.type === type);
}
