import type {
  Card,
  Order,
  Review,
  Sale,
  Shop,
  ShopOptions,
  Stock,
} from '../../../src/simulator/shop/shop.ts';

/** Where the tests' time stands still at first: noon in Moscow. */
export const NOON = new Date('2026-11-20T09:00:00Z');
export const HOUR_MS = 60 * 60 * 1000;
export const DAY_MS = 24 * HOUR_MS;

function ago(ms: number): Date {
  return new Date(NOON.getTime() - ms);
}

/** Above 2³¹, as Wildberries has them. */
const CHRT_ID = 3_123_515_000;

function makeCard(nmId: number, updatedAt: Date, fields: Partial<Card> = {}): Card {
  const clothes = nmId % 2 === 0;
  return {
    nmId,
    imtId: 500_000 + Math.floor(nmId / 10),
    subjectId: clothes ? 105 : 219,
    subjectName: clothes ? 'Кроссовки' : 'Кружки',
    category: clothes ? 'Обувь' : 'Посуда',
    vendorCode: `art-${nmId}`,
    brand: clothes ? 'Берёзка' : 'Тёплый дом',
    title: `Товар ${nmId}`,
    description: 'Удобный.',
    photoUrl: `https://basket-10.wbbasket.ru/vol1592/part159206/${nmId}/images/big/1.webp`,
    color: 'белый',
    characteristics: [
      { id: 14_177_449, name: 'Цвет', value: ['белый'] },
      { id: 88_952, name: 'Вес товара', value: 350 },
    ],
    sizes: (clothes ? ['41', '42'] : ['0']).map((techSize, index) => ({
      chrtId: CHRT_ID + nmId * 10 + index,
      techSize,
      wbSize: clothes ? techSize : '',
      skus: [`20${nmId}${index}`],
    })),
    createdAt: ago(200 * DAY_MS),
    updatedAt,
    ...fields,
  };
}

/** Two of them changed at the same moment, one has no picture. */
export const CARDS: readonly Card[] = [
  makeCard(1001, ago(50 * DAY_MS)),
  makeCard(1002, ago(40 * DAY_MS)),
  makeCard(1003, ago(40 * DAY_MS)),
  makeCard(1004, ago(30 * DAY_MS), { photoUrl: '' }),
  makeCard(1005, ago(20 * DAY_MS)),
  ...Array.from({ length: 7 }, (_, index) => makeCard(1006 + index, ago((19 - index) * DAY_MS))),
];

function makeOrder(place: number, lastChangeAt: Date, fields: Partial<Order> = {}): Order {
  const card = CARDS[place % CARDS.length]!;
  return {
    srid: `11.r${place}.0.0`,
    gNumber: `3434346221857256${place}`,
    card,
    size: card.sizes[0]!,
    orderedAt: ago((10 - place) * DAY_MS),
    cancelledAt: undefined,
    lastChangeAt,
    ...{ warehouseName: 'Коледино', countryName: 'Россия' },
    ...{ oblastOkrugName: 'Центральный федеральный округ', regionName: 'Московская' },
    ...{ incomeId: 56_735_459, sticker: '926912515', totalPrice: 1887, discountPercent: 18, spp: 26 },
    ...{ priceWithDisc: 1547.34, finishedPrice: 1145 },
    ...fields,
  };
}

/** A day after noon the last order is cancelled. */
export const CANCELLATION = new Date(NOON.getTime() + DAY_MS);

function ordersAt(at: Date): Order[] {
  const tied = ago(5 * DAY_MS);
  const cancelled = at >= CANCELLATION ? { cancelledAt: CANCELLATION, lastChangeAt: CANCELLATION } : {};
  return [
    makeOrder(0, ago(9 * DAY_MS), { cancelledAt: ago(9 * DAY_MS) }),
    makeOrder(1, tied),
    makeOrder(2, tied),
    makeOrder(3, tied),
    makeOrder(4, new Date(tied.getTime() + 500)),
    makeOrder(5, ago(DAY_MS), cancelled),
  ];
}

function salesAt(at: Date): Sale[] {
  const [, first, second] = ordersAt(at);
  const money = { forPay: 1284.01, finishedPrice: 1145, priceWithDisc: 1547.34, paymentSaleAmount: 93 };
  const soldAt = ago(3 * DAY_MS);
  return [
    { saleId: 'S9993700024', order: first!, soldAt, lastChangeAt: soldAt, ...money },
    { saleId: 'R9993700025', order: second!, soldAt, lastChangeAt: ago(2 * DAY_MS), ...money },
  ];
}

const STOCKS: readonly Stock[] = CARDS.slice(0, 4).flatMap((card) =>
  card.sizes.flatMap(({ chrtId, techSize, skus }) =>
    ['Коледино', 'Казань'].map((warehouseName, index) => ({
      ...{ nmId: card.nmId, chrtId, techSize, barcode: skus[0]!, warehouseId: 507 + index, warehouseName },
      ...{ regionName: 'Центральный', quantity: 10 + index, inWayToClient: 2, inWayFromClient: index },
    })),
  ),
);

function makeReview(place: number, fields: Partial<Review>): Review {
  const card = CARDS[place % CARDS.length]!;
  const nothing = { text: '', pros: '', cons: '', hasPhoto: false, bables: [], answer: undefined };
  return {
    ...{ id: `review-${place}`, card, size: card.sizes[0]!, rating: 5, ...nothing },
    ...{ userName: 'Николай', createdAt: ago(60 * DAY_MS), viewed: true, matchingSize: 'ок' },
    ...{ orderStatus: 'buyout', lastOrderAt: ago(70 * DAY_MS), lastOrderShkId: 17_346_434_621 },
    ...fields,
  };
}

/** Oldest first. One of each kind that the lists treat differently; the last becomes archived 30 days after noon. */
const REVIEWS: readonly Review[] = [
  makeReview(0, {
    text: 'Хорошо',
    hasPhoto: true,
    answer: { text: 'Спасибо!', answeredAt: ago(59 * DAY_MS) },
  }),
  makeReview(1, { text: 'Маломерит', rating: 2, createdAt: ago(50 * DAY_MS), matchingSize: 'smaller' }),
  makeReview(2, { createdAt: ago(2 * DAY_MS) }),
  makeReview(3, { createdAt: ago(DAY_MS), hasPhoto: true, bables: ['цена'] }),
  makeReview(4, { createdAt: ago(0), cons: 'Пахнет', rating: 3 }),
];

/** A shop that fits on a page. */
export function createTinyShop({ sellerId }: Pick<ShopOptions, 'sellerId'>): Shop {
  return {
    seller: { sellerId, name: 'ИП Кружинин В. Р.', tin: '1234567890', tradeMark: 'Flax Store' },
    cards: () => [...CARDS],
    trashedCards: () => [
      { card: makeCard(901, ago(90 * DAY_MS)), trashedAt: ago(3 * DAY_MS) },
      { card: makeCard(902, ago(90 * DAY_MS)), trashedAt: ago(2 * DAY_MS) },
    ],
    prices: () =>
      CARDS.map(({ nmId, vendorCode, sizes }) => ({
        ...{ nmId, vendorCode, discount: 30, clubDiscount: 5 },
        sizes: sizes.map(({ chrtId, techSize }, index) => ({
          ...{ chrtId, techSize, price: 500 + index, discountedPrice: 350, clubDiscountedPrice: 332.5 },
        })),
      })),
    orders: ordersAt,
    sales: salesAt,
    stocks: () => STOCKS.map((stock) => ({ ...stock })),
    reviews: () => [...REVIEWS],
    ratings: () =>
      CARDS.map(({ nmId }) => ({
        ...{ nmId, feedbackRating: 4.7, feedbackCount: 12, productRating: 9.5, stockWb: 30, stockMp: 2 },
      })),
  };
}

/** A shop of a seller who has just begun. */
export function createEmptyShop(options: Pick<ShopOptions, 'sellerId'>): Shop {
  const nothing = () => [];
  const lists = { cards: nothing, trashedCards: nothing, prices: nothing, orders: nothing, sales: nothing };
  return { ...createTinyShop(options), ...lists, stocks: nothing, reviews: nothing, ratings: nothing };
}
