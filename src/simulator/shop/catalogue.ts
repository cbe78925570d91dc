import { CLOTHING } from './catalogue-clothing.ts';
import { FAMILY } from './catalogue-family.ts';
import { HOME } from './catalogue-home.ts';
import { SHOES } from './catalogue-shoes.ts';
import { createRandom, shuffle } from './random.ts';
import type { Subject } from './subject.ts';

const SUBJECTS: readonly Subject[] = [...SHOES, ...CLOTHING, ...FAMILY, ...HOME];

/** Each subject as often as its share says, mixed once and for all. */
const MIXED: readonly Subject[] = (() => {
  const all = SUBJECTS.flatMap((subject) => Array.from({ length: subject.share }, () => subject));
  return Array.from(shuffle(all.length, createRandom('catalogue')), (index) => all[index]!);
})();

/** By the slot and not by chance, so that every shop of some size has all of them, and a shop of 500 over 3000 sizes. */
export function subjectOfSlot(slot: number): Subject {
  return MIXED[slot % MIXED.length]!;
}

/** Names of models: ordinary words, none of them a trade mark of such goods. */
export const MODELS: readonly string[] = [
  'Роща',
  'Полюс',
  'Заря',
  'Тайга',
  'Околица',
  'Полынь',
  'Иней',
  'Листва',
  'Рябина',
  'Причал',
  'Верес',
  'Опушка',
  'Ковыль',
  'Излучина',
  'Родник',
  'Сумерки',
  'Пролесок',
  'Клевер',
];
