import type { Random } from './random.ts';
import type { Aspect } from './review-aspect.ts';
import { ASPECTS } from './review-aspects.ts';
import {
  CLOSINGS,
  MEN,
  type Mood,
  OPENINGS,
  REJECTED,
  RETURNED,
  SERVICE_BLAME,
  SERVICE_PRAISE,
  SIZE_OPINIONS,
  WOMEN,
} from './review-phrases.ts';
import type { Review } from './shop.ts';
import type { ReviewTopic } from './subject.ts';

export type Matching = '' | keyof typeof SIZE_OPINIONS;

/** What a review is about, before anything is written. */
export interface Occasion {
  rating: number;
  topic: ReviewTopic;
  /** Which aspect of the topic the card is known to be bad in. */
  fault: number;
  matchingSize: Matching;
  orderStatus: Review['orderStatus'];
  byMan: boolean;
}

export type ReviewText = Pick<Review, 'text' | 'pros' | 'cons' | 'userName'>;

const MOODS: readonly Mood[] = ['angry', 'disappointed', 'undecided', 'content', 'delighted'];

export function writeReview(occasion: Occasion, random: Random): ReviewText {
  const { rating, topic, byMan, orderStatus } = occasion;
  const userName = random.pick(byMan ? MEN : WOMEN);
  // The happier, the less people write.
  if (random.chance(rating === 5 ? 0.28 : rating === 4 ? 0.18 : 0.06)) {
    return { text: '', pros: '', cons: '', userName };
  }
  const aspects = ASPECTS[topic];
  const fault = aspects[random.chance(0.65) ? occasion.fault : random.int(0, aspects.length - 1)]!;
  const good = pickSome(
    aspects.filter((aspect) => aspect !== fault),
    random.int(1, 3),
    random,
  );
  const complains = rating <= 3 || (rating === 4 && random.chance(0.35));
  // Who has never used it cannot say how it serves.
  const hasUsed = orderStatus !== 'rejected';
  const pros = hasUsed && rating >= 3 && random.chance(0.5) ? good.slice(0, 2).map(({ pro }) => pro) : [];
  const cons = hasUsed && complains && random.chance(0.5) ? [fault.con] : [];
  // Some only fill in the two short fields.
  const isShort = pros.length + cons.length > 0 && random.chance(0.15);
  const sentences = isShort
    ? []
    : hasUsed
      ? describeUse(occasion, good, complains ? fault : undefined, random)
      : describeRefusal(occasion, random);
  return {
    text: sentences.map((sentence) => inflect(sentence, byMan)).join(' '),
    pros: capitalise(pros.join(', ')),
    cons: cons.length > 0 ? capitalise(cons.join(', ')) : rating === 5 && random.chance(0.15) ? 'Нет' : '',
    userName,
  };
}

function describeUse(
  { rating, matchingSize, orderStatus }: Occasion,
  good: readonly Aspect[],
  fault: Aspect | undefined,
  random: Random,
): string[] {
  const mood = MOODS[rating - 1]!;
  const sentences = [random.pick(OPENINGS[mood])];
  if (random.chance(0.12)) return sentences;

  const praised = rating === 5 ? good : rating >= 3 ? good.slice(0, 1) : [];
  sentences.push(...praised.map(({ praise }) => random.pick(praise)));
  if (fault) {
    if (rating > 2) sentences.push(random.pick(['Но есть минус.', 'Из минусов:', 'Огорчило одно.']));
    sentences.push(random.pick(fault.blame));
  }
  if (matchingSize !== '' && random.chance(0.7)) sentences.push(random.pick(SIZE_OPINIONS[matchingSize]));
  if (random.chance(0.4)) sentences.push(random.pick(rating >= 4 ? SERVICE_PRAISE : SERVICE_BLAME));
  if (orderStatus === 'returned') sentences.push(random.pick(RETURNED));
  else if (random.chance(0.5)) sentences.push(random.pick(CLOSINGS[mood]));
  return joinColons(sentences);
}

function describeRefusal({ rating, matchingSize }: Occasion, random: Random): string[] {
  const sentences = rating <= 2 ? [random.pick(OPENINGS[MOODS[rating - 1]!])] : ['На вид неплохо.'];
  if (matchingSize !== '') sentences.push(random.pick(SIZE_OPINIONS[matchingSize]));
  if (rating <= 2 || matchingSize === 'ок') sentences.push(random.pick(SERVICE_BLAME));
  return [...sentences, random.pick(REJECTED)];
}

/** «Из минусов:» goes on with a small letter. */
function joinColons(sentences: readonly string[]): string[] {
  return sentences.map((sentence, index) => {
    const goesOn = sentences[index - 1]?.endsWith(':') === true;
    return goesOn ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence;
  });
}

/** Different ones: neighbours, from anywhere in the list. */
function pickSome<T>(list: readonly T[], count: number, random: Random): T[] {
  const start = random.int(0, list.length - 1);
  return Array.from(
    { length: Math.min(count, list.length) },
    (_, index) => list[(start + index) % list.length]!,
  );
}

/** `{купил|купила}` as a man or a woman would say it. */
function inflect(sentence: string, byMan: boolean): string {
  if (!sentence.includes('{')) return sentence;
  return sentence.replaceAll(/\{([^|}]*)\|([^}]*)\}/g, (_, man: string, woman: string) =>
    byMan ? man : woman,
  );
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const TAGS = ['качество', 'цвет', 'цена', 'упаковка', 'доставка', 'внешний вид', 'соответствует фото'];

/** What the buyer ticked, at most three. */
export function pickTags(isSized: boolean, random: Random): string[] {
  if (random.chance(0.45)) return [];
  return pickSome(isSized ? [...TAGS, 'размер'] : TAGS, random.int(1, 3), random);
}
