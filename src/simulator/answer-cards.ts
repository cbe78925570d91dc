import { z } from 'zod';
import { json, type Answer, type Answerer, type Question } from './answer.ts';
import { describeCard } from './describe-card.ts';
import { badRequest } from './problems.ts';
import type { Card } from './shop/shop.ts';
import { microsOf, parseMoment, toUtcMicros } from './timestamps.ts';

const MAX_CARDS = 100;
const DEFAULT_CARDS = 10;

const requestSchema = z.object({
  settings: z
    .object({
      sort: z.object({ ascending: z.boolean().default(false) }).optional(),
      filter: z
        .object({
          withPhoto: z.union([z.literal(-1), z.literal(0), z.literal(1), z.literal(2)]).default(0),
          textSearch: z.string().default(''),
          tagIDs: z.array(z.int()).default([]),
          objectIDs: z.array(z.int()).default([]),
          brands: z.array(z.string()).default([]),
          imtID: z.int().default(0),
        })
        .prefault({}),
      cursor: z
        .object({
          limit: z.int().min(1).max(MAX_CARDS).default(DEFAULT_CARDS),
          updatedAt: z.string().nullish(),
          trashedAt: z.string().nullish(),
          nmID: z.int().nullish(),
        })
        .prefault({}),
    })
    .prefault({}),
});
type Settings = z.infer<typeof requestSchema>['settings'];

/** A card and the time that the list is ordered by, in microseconds. */
interface Entry {
  card: Card;
  micros: number;
}

export const answerCardsList: Answerer = (question) => {
  const entries = question.shop
    .cards(question.at)
    .map((card) => ({ card, micros: microsOf(card.updatedAt) }));
  return answerPage(question, entries, 'updatedAt', ({ card, micros }) => ({
    ...shownAlways(card),
    imtID: card.imtId,
    nmUUID: describeCard(card).uuid,
    brand: card.brand,
    title: card.title,
    description: card.description,
    needKiz: describeCard(card).needKiz,
    tags: describeCard(card).tags,
    updatedAt: toUtcMicros(micros),
  }));
};

export const answerCardsTrash: Answerer = (question) => {
  const entries = question.shop
    .trashedCards(question.at)
    .map(({ card, trashedAt }) => ({ card, micros: microsOf(trashedAt) }));
  return answerPage(question, entries, 'trashedAt', ({ card, micros }) => ({
    ...shownAlways(card),
    trashedAt: toUtcMicros(micros),
  }));
};

function answerPage(
  question: Question,
  entries: Entry[],
  timeField: 'updatedAt' | 'trashedAt',
  show: (entry: Entry) => object,
): Answer {
  if (question.body === undefined)
    return { status: 400, contentType: 'plain/text', body: 'Request body can not be decoded' };
  const request = requestSchema.safeParse(question.body);
  if (!request.success) return badRequest('content', 'Некорректный запрос');
  const { settings } = request.data;
  const after = readCursor(settings, timeField);
  if (after === 'wrong') return badRequest('content', `Некорректный курсор: ${timeField}`);

  const direction = settings.sort?.ascending === true ? 1 : -1;
  const order = (a: Place, b: Place) => direction * (a.micros - b.micros || a.nmId - b.nmId);
  const page = entries
    .filter(({ card }) => matches(card, settings.filter))
    .filter((entry) => after === undefined || order(placeOf(entry), after) > 0)
    .sort((a, b) => order(placeOf(a), placeOf(b)))
    .slice(0, settings.cursor.limit);
  const last = page.at(-1);
  return json({
    cards: page.map(show),
    // An empty page has no last card, so the cursor has no place to go on from.
    cursor: {
      ...(last === undefined ? {} : { [timeField]: toUtcMicros(last.micros), nmID: last.card.nmId }),
      total: page.length,
    },
  });
}

interface Place {
  micros: number;
  nmId: number;
}

function placeOf({ card, micros }: Entry): Place {
  return { micros, nmId: card.nmId };
}

function readCursor(settings: Settings, timeField: 'updatedAt' | 'trashedAt'): Place | undefined | 'wrong' {
  const { cursor } = settings;
  const text = cursor[timeField] ?? '';
  if (text === '') return undefined;
  const ms = parseMoment(text, 'UTC');
  return ms === undefined ? 'wrong' : { micros: Math.round(ms * 1000), nmId: cursor.nmID ?? 0 };
}

function matches(card: Card, filter: Settings['filter']): boolean {
  const { withPhoto, textSearch, tagIDs, objectIDs, brands, imtID } = filter;
  if (withPhoto === 1 && card.photoUrl === '') return false;
  if (withPhoto === 2 && card.photoUrl !== '') return false;
  if (tagIDs.length > 0 && !describeCard(card).tags.some((tag) => tagIDs.includes(tag.id))) return false;
  if (objectIDs.length > 0 && !objectIDs.includes(card.subjectId)) return false;
  if (brands.length > 0 && !brands.includes(card.brand)) return false;
  if (imtID !== 0 && card.imtId !== imtID) return false;
  return (
    textSearch === '' ||
    String(card.nmId) === textSearch ||
    card.vendorCode.includes(textSearch) ||
    card.sizes.some((size) => size.skus.includes(textSearch))
  );
}

/** What the list and the trash both say. */
function shownAlways(card: Card): object {
  const { dimensions, needKiz, video, wholesaleQuantum } = describeCard(card);
  return {
    nmID: card.nmId,
    subjectID: card.subjectId,
    subjectName: card.subjectName,
    vendorCode: card.vendorCode,
    kizMarked: needKiz,
    ...(card.photoUrl === '' ? {} : { photos: [photoOf(card.photoUrl)] }),
    ...(video === undefined ? {} : { video }),
    wholesale: { enabled: wholesaleQuantum !== undefined, quantum: wholesaleQuantum ?? 0 },
    dimensions,
    characteristics: card.characteristics,
    sizes: card.sizes.map(({ chrtId, techSize, wbSize, skus }) => ({
      chrtID: chrtId,
      techSize,
      ...(wbSize === '' ? {} : { wbSize }),
      skus,
    })),
    createdAt: toUtcMicros(microsOf(card.createdAt)),
  };
}

function photoOf(url: string): object {
  const sized = (folder: string) => url.replace('/images/big/', `/images/${folder}/`);
  return {
    big: url,
    ...{ c246x328: sized('c246x328'), c516x688: sized('c516x688') },
    ...{ square: sized('square'), tm: sized('tm') },
  };
}
