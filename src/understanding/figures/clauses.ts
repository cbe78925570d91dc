import type { Mention } from '../mention.ts';
import type { Reading, ReadWord } from '../reading.ts';
import type { Concept } from './lexicon.ts';

/** A part of a question that asks for one thing. */
export interface Clause {
  words: ReadWord[];
  /** What is said in it, and what it shares with the others. */
  mentions: Mention[];
}

/** Concepts that say what is asked for. */
const ASKED: ReadonlySet<Concept> = new Set<Concept>([
  ...(['revenue', 'orders', 'buyouts', 'buyout', 'returns', 'cancellations', 'check', 'payout'] as const),
  ...([
    'reviews',
    'rating',
    'stock',
    'ends',
    'lasts',
    'ended',
    'overstock',
    'unanswered',
    'complain',
    'praise',
  ] as const),
  ...(['reorder', 'abc'] as const),
]);
const GOES_ON = /^(?:чтобы|чтоб|если|котор\p{L}*|где|когда|пока)$/u;
const JOIN = /^(?:и|а|плюс|также|еще|потом|затем)$/;
/** Behind these a question begins anew, whatever stands before. */
const BEGINS: ReadonlySet<Concept> = new Set<Concept>(['how-many', 'top', 'which']);

/**
 * The parts of a question: `сколько продали худи за месяц и какой рейтинг` has two. A new one begins behind `и` or a comma
 * where both sides ask for something of their own; `заказы и возвраты за неделю` is a list within one. What a part does not say
 * - goods, places, sizes, days - it shares with the one before it, and the first with the one behind.
 */
export function clausesOf({ words, mentions, question }: Reading): Clause[] {
  const starts = [
    0,
    ...words.flatMap((_, place) => (place > 0 && beginsAt(words, place, question) ? [place] : [])),
  ];
  const parts = starts.map((start, place) => words.slice(start, starts[place + 1] ?? words.length));
  const own = parts.map((part) => {
    const [from, to] = [part[0]?.start ?? 0, part.at(-1)?.end ?? 0];
    return mentions.filter(({ start }) => start >= from && start < to);
  });
  return parts.map((part, place) => ({
    words: part,
    mentions: [...own[place]!, ...SHARED.flatMap((kinds) => inherited(own, place, kinds))],
  }));
}

const SHARED: readonly (readonly Mention['kind'][])[] = [
  ['product', 'article', 'brand', 'category', 'name'],
  ['size'],
  ['warehouse', 'region'],
  ['period'],
];

/** What another part says of this, where this one does not. */
function inherited(own: readonly Mention[][], place: number, kinds: readonly Mention['kind'][]): Mention[] {
  const of = (index: number) => (own[index] ?? []).filter(({ kind }) => kinds.includes(kind));
  if (of(place).length > 0) return [];
  for (let before = place - 1; before >= 0; before--) if (of(before).length > 0) return of(before);
  // `сколько выручки вчера и сколько продали джинсов`: what has something of its own takes nothing from behind.
  if (own[place]!.some(({ kind }) => SHARED.some((all) => all.includes(kind)))) return [];
  for (let after = place + 1; after < own.length; after++) if (of(after).length > 0) return of(after);
  return [];
}

function beginsAt(words: readonly ReadWord[], place: number, question: string): boolean {
  const [before, word] = [words[place - 1]!, words[place]!];
  const between = question.slice(before.end, word.start);
  const isJoined = JOIN.test(word.text);
  if (!isJoined && !/[,;.?!\n]/.test(between)) return false;
  // `…, чтобы хватило на месяц` says more of what stands before.
  if (GOES_ON.test(word.text)) return false;
  const [left, right] = [words.slice(0, place), words.slice(isJoined ? place + 1 : place)];
  if (!left.some(isAsked)) return false;
  const next = right.findIndex(isAsked);
  if (next < 0) return false;
  // `заказы и возвраты` is a list: nothing but these words stands on either side of the `и`.
  const isList = isAsked(left.at(-1)!) && next === 0 && !startsAnew(right);
  return !isList && (startsAnew(right) || saysMore(left) || saysMore(right));
}

const isAsked = ({ concept, isTaken, excluded }: ReadWord): boolean =>
  concept !== undefined && ASKED.has(concept) && !isTaken && !excluded;

const startsAnew = (words: readonly ReadWord[]): boolean =>
  words.slice(0, 2).some(({ concept, isTaken }) => !isTaken && concept !== undefined && BEGINS.has(concept));

/** It has days or rows of its own. */
const saysMore = (words: readonly ReadWord[]): boolean => words.some(({ isTaken }) => isTaken);
