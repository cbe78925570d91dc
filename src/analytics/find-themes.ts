import { stemWord } from '../russian/word-stems.ts';
import { REVIEW_TOPICS, type ReviewTopic } from './review-topics.ts';
import type { WrittenReview } from './theme-queries.ts';
import { fold } from './words.ts';

export type ThemeKind = 'complaint' | 'praise';

/** A thing that a review complains of or praises. */
export interface Theme {
  kind: ThemeKind;
  label: string;
  /** The sentence that says it. */
  quote: string;
}

const byStem = Map.groupBy(
  REVIEW_TOPICS.flatMap((topic) =>
    topic.words.split(' ').map((word) => ({ topic, stem: stemWord(fold(word)) })),
  ),
  ({ stem }) => stem,
);

const NEGATIONS = new Set(['не', 'ни', 'нет', 'без']);
const MARKED = /([.!?…\n]+)/;

/** Where something is written, and what it then is. */
type Place = 'text' | 'pros' | 'cons';

/**
 * What the review complains of and praises, each theme once. A word under a negation («не линяет», «катышков нет») says nothing
 * bad; whether a thing that is merely named is good or bad is told by the field and the stars.
 */
export function findThemes(review: WrittenReview): Theme[] {
  const found = new Map<string, Theme>();
  for (const place of ['cons', 'pros', 'text'] as const) {
    for (const sentence of sentencesOf(review[place] ?? '')) {
      for (const { topic, isNegated } of topicsIn(sentence)) {
        const kind = kindOf(topic, isNegated, place, review.rating);
        if (kind === undefined || found.has(`${kind}/${topic.label}`)) continue;
        found.set(`${kind}/${topic.label}`, { kind, label: topic.label, quote: sentence });
      }
    }
  }
  return [...found.values()];
}

function sentencesOf(written: string): string[] {
  const parts = written.split(MARKED);
  return parts.flatMap((part, place) =>
    place % 2 === 1 || part.trim() === '' ? [] : [`${part}${parts[place + 1] ?? ''}`.trim()],
  );
}

function topicsIn(sentence: string): { topic: ReviewTopic; isNegated: boolean }[] {
  const words = fold(sentence).match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.flatMap((word, place) => {
    const named = byStem.get(stemWord(word));
    if (named === undefined) return [];
    const around = [words[place - 2], words[place - 1], words[place + 1]];
    const isNegated =
      around.slice(0, 2).some((other) => other !== undefined && NEGATIONS.has(other)) || around[2] === 'нет';
    return named.map(({ topic }) => ({ topic, isNegated }));
  });
}

function kindOf(
  { tone }: ReviewTopic,
  isNegated: boolean,
  place: Place,
  rating: number | null,
): ThemeKind | undefined {
  if (tone === 'bad') {
    // Who gave five stars is content, and the word was not meant so.
    const isMeant = !isNegated && place !== 'pros' && (place === 'cons' || rating !== 5);
    return isMeant ? 'complaint' : undefined;
  }
  const mood = moodOf(place, rating);
  if (tone === 'good')
    return isNegated
      ? mood === 'praise'
        ? undefined
        : 'complaint'
      : mood === 'complaint'
        ? undefined
        : 'praise';
  return mood;
}

/** Four stars are content on the whole, with something to say against it: of a thing that is merely named either may hold. */
function moodOf(place: Place, rating: number | null): ThemeKind | undefined {
  if (place === 'cons') return 'complaint';
  if (place === 'pros') return 'praise';
  if (rating === null || rating === 4) return undefined;
  return rating === 5 ? 'praise' : 'complaint';
}
