import { createHash } from 'node:crypto';
import { uuidOf } from '../wildberries/make-token.ts';
import type { Card } from './shop/shop.ts';

export interface Tag {
  id: number;
  name: string;
  color: string;
}

/** What the shop does not say of a card and Wildberries does: made of its number, so that it stays the same. */
export interface CardParticulars {
  uuid: string;
  /** Centimetres and kilograms. */
  dimensions: { length: number; width: number; height: number; weightBrutto: number; isValid: boolean };
  /** Litres. */
  volume: number;
  needKiz: boolean;
  tags: Tag[];
  /** Not every card has one. */
  video: string | undefined;
  /** `undefined`: not for wholesale. */
  wholesaleQuantum: number | undefined;
}

const TAGS: readonly Tag[] = [
  { id: 592_569, name: 'Популярный', color: 'D1CFD7' },
  { id: 592_570, name: 'Распродажа', color: 'FEE0E0' },
  { id: 592_571, name: 'Новинка', color: 'DEF1DD' },
];
/** Goods with a mandatory code of Честный знак. */
const MARKED = /обувь|одежд|парфюм|духи/i;

export function describeCard(card: Card): CardParticulars {
  const bytes = createHash('sha256').update(`card ${card.nmId}`).digest();
  const from = (index: number, min: number, max: number) => min + (bytes[index]! % (max - min + 1));
  const [length, width, height] = [from(0, 10, 60), from(1, 8, 40), from(2, 2, 25)];
  return {
    uuid: uuidOf(`card ${card.nmId}`),
    dimensions: { length, width, height, weightBrutto: from(3, 50, 250) / 100, isValid: from(4, 0, 9) > 0 },
    volume: Math.round((length * width * height) / 10) / 100,
    needKiz: MARKED.test(`${card.category} ${card.subjectName}`),
    tags: from(5, 0, 3) === 0 ? [TAGS[from(6, 0, TAGS.length - 1)]!] : [],
    video:
      from(7, 0, 3) === 0
        ? `https://videonme-basket-12.wbbasket.ru/vol${Math.floor(card.nmId / 100_000)}/part${Math.floor(card.nmId / 1000)}/${card.nmId}/hls/1440p/index.m3u8`
        : undefined,
    wholesaleQuantum: from(8, 0, 4) === 0 ? from(9, 2, 20) : undefined,
  };
}
