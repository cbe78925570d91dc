import { createRandom } from './random.ts';
import type { Seller } from './shop.ts';

const SURNAMES = [
  'Соколова',
  'Журавлёва',
  'Берестова',
  'Ладыгина',
  'Рощина',
  'Ветрова',
  'Калинина',
  'Полянская',
];
const FIRST_NAMES = ['Мария', 'Елена', 'Ольга', 'Татьяна', 'Ирина', 'Наталья'];
const PATRONYMICS = ['Андреевна', 'Сергеевна', 'Ивановна', 'Павловна', 'Николаевна'];
const TRADE_MARKS = [
  'Лавка у пруда',
  'Двор и дом',
  'Сундучок находок',
  'Тёплый адрес',
  'Семь полок',
  'Своя околица',
];

export function createSeller(seed: string, sellerId: string): Seller {
  const random = createRandom(seed, sellerId, 'seller');
  return {
    sellerId,
    name: `ИП ${random.pick(SURNAMES)} ${random.pick(FIRST_NAMES)} ${random.pick(PATRONYMICS)}`,
    // No tax office has the number 0000, so this is nobody's.
    tin: `0000${random.digits(8)}`,
    tradeMark: random.pick(TRADE_MARKS),
  };
}
