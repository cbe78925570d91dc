import { MODELS, subjectOfSlot } from './catalogue.ts';
import { DAY_MS } from './days.ts';
import type { Identifiers } from './identifiers.ts';
import { createRandom, type Random } from './random.ts';
import { remember } from './remember.ts';
import { createRota } from './rota.ts';
import type { Card, CardSize, TrashedCard } from './shop.ts';
import type { Subject } from './subject.ts';
import type { Succession } from './succession.ts';

export interface Cards {
  /** A card by its number, as it is at a moment of its life; after that, as it went to the trash. */
  cardAt(card: number, at: number): Card;
  subjectOf(card: number): Subject;
  list(at: number): Card[];
  listTrashed(at: number): TrashedCard[];
}

/** How long Wildberries keeps the trash. */
const TRASH_MS = 30 * DAY_MS;
/** More than any card lives to see: even in a shop with one card it is one a day, 500 days long. */
const VERSIONS = 1_024;

/** What a card keeps, whatever becomes of its texts. */
type Lasting = Omit<Card, 'title' | 'description' | 'updatedAt'> & { subject: Subject };

export function createCards(key: string, succession: Succession, identifiers: Identifiers): Cards {
  const { slots, slotOf, createdAt, trashedAt } = succession;
  const rota = createRota(`${key}|texts`, slots, Math.max(1, Math.round(slots * 0.01)));

  const lastingOf = remember(slots * 6, (card: number) =>
    describeCard(key, card, slotOf(card), identifiers, createdAt(card)),
  );
  const editsOf = remember(slots * 6, (card: number) =>
    rota.turnsOf(slotOf(card), createdAt(card), trashedAt(card)),
  );
  const versionOf = remember(slots * 20, (id: number): Card => {
    const [number, version] = [Math.floor(id / VERSIONS), id % VERSIONS];
    const { subject, ...lasting } = lastingOf(number);
    const texts = writeTexts(subject, version, createRandom(key, 'texts', number));
    const updatedAt = version === 0 ? lasting.createdAt : new Date(editsOf(number)[version - 1]!);
    return { ...lasting, ...texts, updatedAt };
  });
  const cardAt = (card: number, at: number): Card => {
    const edits = editsOf(card);
    let version = edits.length;
    while (version > 0 && edits[version - 1]! > at) version--;
    return versionOf(card * VERSIONS + version);
  };

  return {
    cardAt,
    subjectOf: (card) => subjectOfSlot(slotOf(card)),
    list(at) {
      const cards = Array.from({ length: slots }, (_, slot) => cardAt(succession.cardIn(slot, at), at));
      return cards.sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime() || a.nmId - b.nmId);
    },
    listTrashed: (at) =>
      succession.trashedWithin(at - TRASH_MS, at).map((card) => {
        const moment = trashedAt(card);
        return { card: cardAt(card, moment), trashedAt: new Date(moment) };
      }),
  };
}

function describeCard(
  key: string,
  card: number,
  slot: number,
  identifiers: Identifiers,
  createdAt: number,
): Lasting {
  const subject = subjectOfSlot(slot);
  const random = createRandom(key, 'card', card);
  const brand = random.pick(subject.brands);
  const color = random.pick(subject.colors);
  const nmId = identifiers.nmId(card);
  return {
    subject,
    nmId,
    imtId: identifiers.imtId(card),
    subjectId: subject.id,
    subjectName: subject.name,
    category: subject.category,
    vendorCode: `${subject.code}-${brand.code}-${String(card).padStart(5, '0')}`,
    brand: brand.name,
    photoUrl: photoUrl(nmId),
    color,
    characteristics: [
      { id: 14177449, name: 'Цвет', value: [color] },
      {
        id: 14177446,
        name: 'Страна производства',
        value: [random.pick(['Россия', 'Россия', 'Беларусь', 'Китай'])],
      },
      ...subject.characteristics.map(({ id, name, values }) => {
        const value = random.pick(values);
        return { id, name, value: typeof value === 'number' ? value : [...value] };
      }),
    ],
    sizes: listSizes(subject, card, identifiers, random),
    createdAt: new Date(createdAt),
  };
}

function listSizes(subject: Subject, card: number, identifiers: Identifiers, random: Random): CardSize[] {
  // Some goods have an older barcode too, from before they were relabelled.
  const relabelled = random.chance(0.05);
  return subject.sizes.sizes.map(([techSize, wbSize], size) => ({
    chrtId: identifiers.chrtId(card, size),
    techSize,
    wbSize,
    skus: [identifiers.barcode(card, size, 0), ...(relabelled ? [identifiers.barcode(card, size, 1)] : [])],
  }));
}

/** Each version begins one further in the lists than the one before, so it never reads the same. */
function writeTexts(
  subject: Subject,
  version: number,
  random: Random,
): { title: string; description: string } {
  const at = <T>(list: readonly T[], place: number): T => list[place % list.length]!;
  const kind = random.pick(subject.kinds);
  const model = random.pick(MODELS);
  const start = random.int(0, 59) + version;
  const features = [
    at(subject.features, start),
    ...(random.chance(0.7) ? [at(subject.features, start + 2)] : []),
  ];
  return {
    title: `${kind} ${model} ${at(subject.details, start)}`,
    description: [at(subject.intros, start), ...features, at(subject.closings, start)].join(' '),
  };
}

function photoUrl(nmId: number): string {
  const basket = String(10 + (nmId % 9)).padStart(2, '0');
  return `https://basket-${basket}.wbbasket.ru/vol${Math.floor(nmId / 100_000)}/part${Math.floor(nmId / 1_000)}/${nmId}/images/big/1.webp`;
}
