import { modulo } from './days.ts';
import { createRandom } from './random.ts';

/** Sizes a card at most, so that those of a card are numbered without gaps for the next one's. */
const SIZES_A_CARD = 32;
/** Sales a day at most. With as many days as ten digits have room for, no number comes twice within 44 years. */
const SALES_A_DAY = 600_000;
const DAYS_OF_SALES = 16_384;
const TEN_DIGITS = 10_000_000_000;

/**
 * The numbers that Wildberries gives. They follow from the number of the card or of the order, so they are unique in a
 * shop; each seller's begin somewhere else. As with Wildberries, later cards have higher ones.
 */
export interface Identifiers {
  nmId(card: number): number;
  imtId(card: number): number;
  chrtId(card: number, size: number): number;
  barcode(card: number, size: number, index: 0 | 1): string;
  /** Ten digits; `order` is the place of the order within its day. */
  saleNumber(day: number, order: number): string;
  shkId(day: number, order: number): number;
  incomeId(card: number, restock: number): number;
}

export function createIdentifiers(seed: string, sellerId: string): Identifiers {
  const random = createRandom(seed, sellerId, 'identifiers');
  const nmBase = random.int(140_000_000, 205_000_000);
  const imtBase = random.int(110_000_000, 190_000_000);
  const chrtBase = random.int(3_100_000_000, 7_100_000_000);
  const barcodeBase = random.int(31_000_000_000, 48_000_000_000);
  const saleBase = random.int(0, TEN_DIGITS - 1);
  const shkBase = random.int(17_000_000_000, 19_000_000_000);
  const incomeBase = random.int(24_000_000, 31_000_000);

  return {
    nmId: (card) => nmBase + card * 97 + modulo(card * 31, 89),
    imtId: (card) => imtBase + card * 89 + modulo(card * 37, 83),
    chrtId: (card, size) => chrtBase + card * SIZES_A_CARD + size,
    barcode: (card, size, index) => `20${barcodeBase + (card * SIZES_A_CARD + size) * 2 + index}`,
    saleNumber(day, order) {
      const number = modulo(day, DAYS_OF_SALES) * SALES_A_DAY + order * 13 + modulo(order * 7 + day, 13);
      return String((saleBase + number) % TEN_DIGITS).padStart(10, '0');
    },
    shkId: (day, order) => shkBase + day * 400_000 + order * 7 + modulo(order * 5 + day, 7),
    incomeId: (card, restock) => incomeBase + card * 40 + modulo(restock, 40),
  };
}
