import type { Cards } from './cards.ts';
import { DAY_MS, dayOf } from './days.ts';
import type { Identifiers } from './identifiers.ts';
import { createRandom, type Random } from './random.ts';
import type { ReviewLife, ReviewLives } from './review-lives.ts';
import { type Matching, pickTags, writeReview } from './review-texts.ts';
import { writeAnswer } from './seller-answers.ts';
import type { Review } from './shop.ts';

export interface Reviews {
  /** Oldest first. */
  list(at: number): Review[];
  /** Ratings by the card's nmId. */
  tally(at: number): Map<number, { sum: number; count: number }>;
}

const REVIEWS_MS = 180 * DAY_MS;
/** From an order to its review: a week to the buyer, two to send it back, ten days to write. */
const LONGEST_WAIT_MS = 32 * DAY_MS;

interface Written {
  review: Omit<Review, 'answer' | 'viewed'>;
  answer: string;
}

export function createReviews(
  key: string,
  lives: ReviewLives,
  cards: Cards,
  identifiers: Identifiers,
): Reviews {
  // Written when first read, as ratings are asked for without the texts; forgotten together with their day.
  const known = new WeakMap<ReviewLife, Written>();
  const textOf = (event: ReviewLife): Written => {
    let written = known.get(event);
    if (!written) known.set(event, (written = write(key, event, cards, identifiers)));
    return written;
  };

  function* eventsUntil(at: number): Generator<ReviewLife> {
    const from = at - REVIEWS_MS;
    for (let day = dayOf(from - LONGEST_WAIT_MS); day <= dayOf(at); day++) {
      for (const event of lives.ofOrderDay(day))
        if (event.createdAt > from && event.createdAt <= at) yield event;
    }
  }

  return {
    list(at) {
      const events = [...eventsUntil(at)];
      // By the key where two are of the same second, which says the same each time.
      events.sort((a, b) => a.createdAt - b.createdAt || (a.key < b.key ? -1 : 1));
      return events.map((event): Review => {
        const { review, answer } = textOf(event);
        const isAnswered = event.answeredAt <= at;
        return {
          ...review,
          answer: isAnswered ? { text: answer, answeredAt: new Date(event.answeredAt) } : undefined,
          viewed: event.viewedAt <= at,
        };
      });
    },
    tally(at) {
      const tallies = new Map<number, { sum: number; count: number }>();
      for (const { life, rating } of eventsUntil(at)) {
        const { nmId } = life.order.card;
        const tally = tallies.get(nmId);
        if (tally) {
          tally.sum += rating;
          tally.count++;
        } else tallies.set(nmId, { sum: rating, count: 1 });
      }
      return tallies;
    },
  };
}

function write(key: string, event: ReviewLife, cards: Cards, identifiers: Identifiers): Written {
  const { life, orderStatus, rating, fault } = event;
  const random = createRandom(key, 'review', event.key);
  const card = cards.cardAt(life.card, event.createdAt);
  const { topic, sizes } = cards.subjectOf(life.card);
  const matchingSize = sizes.sized ? chooseMatching(event, random) : '';
  const byMan = random.chance(shareOfMen(card.title));
  const text = writeReview({ rating, topic, fault, matchingSize, orderStatus, byMan }, random);
  const isSilent = text.text + text.pros + text.cons === '';
  const wrongSize = matchingSize === 'smaller' || matchingSize === 'bigger';
  const answered = { rating, userName: text.userName, brand: card.brand, wrongSize, isSilent };
  return {
    answer: writeAnswer(answered, random),
    review: {
      id: writeId(random),
      card,
      size: life.order.size,
      rating,
      ...text,
      createdAt: new Date(event.createdAt),
      matchingSize,
      orderStatus,
      bables: pickTags(sizes.sized, random),
      hasPhoto: random.chance(0.14),
      lastOrderAt: life.order.orderedAt,
      lastOrderShkId: identifiers.shkId(life.day, life.place),
    },
  };
}

function chooseMatching({ rating, orderStatus }: ReviewLife, random: Random): Matching {
  if (random.chance(0.3)) return '';
  if (random.chance(orderStatus === 'buyout' && rating >= 4 ? 0.9 : 0.4)) return 'ок';
  return random.chance(0.65) ? 'smaller' : 'bigger';
}

/** Of those who write about it: women buy more, also for men. */
function shareOfMen(title: string): number {
  if (/женск|плать|леггинсы/i.test(title)) return 0.04;
  return /мужск/i.test(title) ? 0.6 : 0.28;
}

const ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function writeId(random: Random): string {
  return Array.from({ length: 20 }, () => ID_CHARACTERS.charAt(random.int(0, 61))).join('');
}
