import type { Cards } from './cards.ts';
import { createRandom } from './random.ts';
import { remember } from './remember.ts';
import { createRota } from './rota.ts';
import type { CardPrice } from './shop.ts';
import type { Succession } from './succession.ts';

export interface Prices {
  /** By the number of the card; of a card in the trash, the last one. */
  priceAt(card: number, at: number): CardPrice;
  list(at: number): CardPrice[];
}

/** To kopecks. */
export function roundMoney(roubles: number): number {
  // Without the nudge 1.005, which is a little less in binary, would be rounded down.
  return Math.round(roubles * 100 + 1e-6) / 100;
}

/** Price and discount of a card, without what depends on the size. */
interface Tag {
  price: number;
  discount: number;
}

const DISCOUNTS = [10, 15, 20, 25, 28, 30, 35, 40, 45, 50, 55, 60];
/** See `cards.ts`. */
const VERSIONS = 1_024;

export function createPrices(key: string, succession: Succession, cards: Cards): Prices {
  const { slots, slotOf, createdAt, trashedAt } = succession;
  const rota = createRota(`${key}|prices`, slots, Math.max(1, Math.round(slots * 0.01)));
  const changesOf = remember(slots * 6, (card: number) =>
    rota.turnsOf(slotOf(card), createdAt(card), trashedAt(card)),
  );

  const tagsOf = remember(slots * 6, (card: number): Tag[] => {
    const random = createRandom(key, 'price', card);
    const [cheapest, dearest] = cards.subjectOf(card).price;
    // Most goods are of the cheaper kind.
    const usual = cheapest + (dearest - cheapest) * random.next() ** 1.6;
    const choosePrice = (): number => Math.round((usual * random.between(0.88, 1.14)) / 10) * 10;
    const tags: Tag[] = [{ price: choosePrice(), discount: random.pick(DISCOUNTS) }];
    for (let change = changesOf(card).length; change > 0; change--) {
      const { price, discount } = tags.at(-1)!;
      if (random.chance(0.6)) {
        tags.push({ price, discount: random.pick(DISCOUNTS.filter((other) => other !== discount)) });
      } else {
        const chosen = choosePrice();
        tags.push({ price: chosen === price ? price + 50 : chosen, discount });
      }
    }
    return tags;
  });

  const versionOf = remember(slots * 20, (id: number): CardPrice => {
    const [number, version] = [Math.floor(id / VERSIONS), id % VERSIONS];
    const { price, discount } = tagsOf(number)[version]!;
    const { nmId, vendorCode, sizes } = cards.cardAt(number, createdAt(number));
    const random = createRandom(key, 'price of sizes', number);
    const clubDiscount = random.chance(0.08) ? random.pick([3, 5, 7]) : 0;
    // Large sizes take more cloth.
    const surcharge = sizes.length > 1 && random.chance(0.07) ? random.pick([100, 200, 300]) : 0;
    return {
      nmId,
      vendorCode,
      discount,
      clubDiscount,
      sizes: sizes.map(({ chrtId, techSize }, index) => {
        const full = price + (index * 2 >= sizes.length ? surcharge : 0);
        const discountedPrice = roundMoney((full * (100 - discount)) / 100);
        const clubDiscountedPrice = roundMoney((discountedPrice * (100 - clubDiscount)) / 100);
        return { chrtId, techSize, price: full, discountedPrice, clubDiscountedPrice };
      }),
    };
  });

  const priceAt = (card: number, at: number): CardPrice => {
    const changes = changesOf(card);
    let version = changes.length;
    while (version > 0 && changes[version - 1]! > at) version--;
    return versionOf(card * VERSIONS + version);
  };
  return {
    priceAt,
    list(at) {
      const prices = Array.from({ length: slots }, (_, slot) => priceAt(succession.cardIn(slot, at), at));
      return prices.sort((a, b) => a.nmId - b.nmId);
    },
  };
}
