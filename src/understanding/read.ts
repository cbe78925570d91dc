import { localDate } from '../calendar.ts';
import { fromLatinKeyboard, fromTransliteration } from '../russian/keyboard.ts';
import { fromLookAlikes } from '../russian/look-alikes.ts';
import { findNoSuchDays, findPeriods, type PeriodContext } from '../russian/periods.ts';
import { isOneSlipAway } from '../russian/typos.ts';
import { tokenize, type Token } from '../russian/words.ts';
import { Draft } from './draft.ts';
import { FILLERS, isFiller } from './fillers.ts';
import { findHorizon, type Horizon } from './figures/horizon.ts';
import { conceptOf, conceptsOf } from './figures/lexicon.ts';
import { readGoods } from './goods.ts';
import { readIdentifiers } from './identifiers.ts';
import { isNegationWord } from '../russian/negation.ts';
import { readNumbers } from './numbers.ts';
import { readNumbersOfGoods } from './numbers-of-goods.ts';
import { readPartOf } from './read-part.ts';
import { readPlaces } from './places.ts';
import type { Mention } from './mention.ts';
import type { Reading, ReadWord } from './reading.ts';
import { isTypeWord, readRowTypes } from './row-types.ts';
import { readSizes } from './sizes.ts';
import { topicOf } from '../analytics/review-topics.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface ReadingContext extends PeriodContext {
  vocabulary: Vocabulary;
}

/** Forms of words that questions turn on; a word one slip away from one is taken for it. */
const KEY_WORDS =
  'заказы заказов заказ отзывы отзывов отзыв возвраты возвратов возврат продажи продаж выкупы выкупов остатки остатков остаток склад складе негатив негативные размера размер рейтинг рейтингом заканчивается заканчиваются дешевле дороже отмены отмененные карточки товары товаров'.split(
    ' ',
  );

/**
 * Reads a question, in the words of one cabinet. A pure function: the same question, names and day give the same. Every word
 * ends in one place: it is a part of a mention, says something of figures, narrows nothing, or is unread.
 */
export function read(whole: string, context: ReadingContext): Reading {
  const { vocabulary } = context;
  const { text: question, isCut } = readPartOf(whole);
  const retype = layoutOf(question, vocabulary);
  const meant = retype(question);
  const draft = new Draft(meant, correct(tokenize(meant), vocabulary));
  const horizon = findHorizon(meant);

  readNumbersOfGoods(draft, vocabulary);
  readIdentifiers(draft);
  const noSuchDays = findNoSuchDays(meant);
  for (const { start, end } of noSuchDays) draft.consume(start, end);
  readPeriods(draft, horizon, context);
  readPlaces(draft, vocabulary);
  readRecency(draft);
  readNumbers(draft);
  readRowTypes(draft);
  readGoods(draft, vocabulary);
  const namesGoods = draft.mentions.some(({ kind }) => ['brand', 'category', 'name'].includes(kind));
  readSizes(draft, vocabulary, namesGoods);
  readTopics(draft);

  return {
    question: isCut ? retype(whole) : meant,
    words: settle(draft, horizon),
    mentions: draft.mentions,
    identifiers: draft.identifiers,
    horizon: horizon && { days: horizon.days, words: horizon.words },
    noSuchDays: noSuchDays.map(({ words }) => words),
    isCut,
    today: localDate(context.now, context.timeZone),
  };
}

/** `по неделям` says by what figures are told apart, not when. */
const BY_TIME = /(?<!\p{L})по\s+(?:дн|недел|месяц|квартал|год|час)\p{L}*[ая]м(?!\p{L})/giu;

function readPeriods(draft: Draft, horizon: Horizon | undefined, context: ReadingContext): void {
  const blank = (words: string) => ' '.repeat(words.length);
  const withoutHorizon =
    horizon === undefined ? draft.question : draft.question.replace(horizon.words, blank(horizon.words));
  const text = withoutHorizon.replace(BY_TIME, blank);
  for (const { from, to, start, end } of findPeriods(text, context)) {
    if (draft.isTaken(start, end)) continue;
    draft.add({ kind: 'period', value: { from, to }, filters: { periods: [{ from, to }] } }, start, end);
  }
}

/** `последние отзывы`, `свежие заказы`: the newest first, of whatever age. */
function readRecency(draft: Draft): void {
  draft.find(
    String.raw`(?:самые )?(?:последн(?:ие|их|ий|яя|юю)|свеж(?:ие|их|ий)|недавн\p{L}*|новые|новых)(?= (?:отзыв|заказ|продаж|возврат|выкуп|отмен|негатив|комментари)\p{L}*)|недавно|в последнее время`,
    () => ({ kind: 'recency', value: 'newest first', filters: {} }),
  );
}

/** What buyers write about. */
function readTopics(draft: Draft): void {
  for (const { token } of draft.unread()) {
    const topic = topicOf(token.text);
    if (topic === undefined || draft.isWordTaken(token)) continue;
    const value = topic.isComplaint ? 'complaint' : 'praise';
    draft.addWords({ kind: 'topic', value, filters: {} }, [token], draft.negationAt(token.start));
  }
}

/** Says of every word what became of it. */
function settle(draft: Draft, horizon: Horizon | undefined): ReadWord[] {
  const concepts = conceptsOf(draft.words);
  const choosing = draft.mentions.filter(({ kind }) => !['type', 'state', 'topic'].includes(kind));
  return draft.words.flatMap((word, place): ReadWord[] => {
    if (!/^[\p{L}\p{N}%]/u.test(word.text)) return [];
    const isMention = draft.isWordTaken(word);
    const isAhead =
      horizon !== undefined &&
      word.start >= horizon.start &&
      word.end <= horizon.start + horizon.words.length;
    const concept = concepts[place];
    const fate = isMention
      ? 'mention'
      : concept !== undefined || isAhead
        ? 'concept'
        : isFiller(word.text) || isNegationWord(draft.words, place)
          ? 'filler'
          : 'unread';
    if (!isMention && fate !== 'filler' && draft.negationAt(word.start, fate === 'unread') === 'mark')
      draft.exclude(word.start);
    // `негативных`, `хвалят` choose reviews, and say what of them is asked as well.
    const takes = ({ kind, start, end }: Mention) =>
      word.start >= start && word.end <= end && (kind !== 'rating' || concept === undefined);
    const isTaken = isAhead || (isMention && choosing.some(takes));
    return [{ ...word, fate, concept, excluded: draft.isExcluded(word), isTaken }];
  });
}

/**
 * A question without one Cyrillic letter was typed on the wrong keyboard, in Latin letters for want of others, or in English:
 * whichever of them has most words that mean something here.
 */
function layoutOf(question: string, vocabulary: Vocabulary): (text: string) => string {
  const asTyped = (text: string) => text;
  if (/[а-яё]/i.test(question) || !/[a-z]/i.test(question)) return asTyped;
  const known = (text: string) =>
    tokenize(text).filter(
      ({ text: word }) =>
        /\p{L}{2}/u.test(word) &&
        (KEY_WORDS.some((key) => key === word || isOneSlipAway(key, word)) ||
          vocabulary.meaningOf(word) !== undefined ||
          FILLERS.has(word)),
    ).length;
  const written = (text: string) => sameLength(text, (word) => fromTransliteration(word));
  const candidates = [asTyped, fromLatinKeyboard, written].map((retype) => ({
    retype,
    known: known(retype(question)),
  }));
  return candidates.reduce((best, next) => (next.known > best.known ? next : best)).retype;
}

/** Replaces words; where one becomes longer or shorter, places behind it would move, so the rest is filled with spaces. */
function sameLength(text: string, replace: (word: string) => string): string {
  return text.replace(/[a-z]+/gi, (word) =>
    replace(word.toLowerCase()).slice(0, word.length).padEnd(word.length),
  );
}

/** Words put right: a slip in one that questions turn on, a Russian word in Latin letters or with some that look alike. */
function correct(tokens: readonly Token[], vocabulary: Vocabulary): Token[] {
  const isKnown = (word: string) =>
    KEY_WORDS.includes(word) ||
    conceptOf(word) !== undefined ||
    isTypeWord(word) ||
    isFiller(word) ||
    vocabulary.meaningOf(word)?.exact === true;
  return tokens.map((token) => {
    const { text } = token;
    if (text.length < SHORTEST_CORRECTED || isKnown(text)) return token;
    const candidates = [fromLookAlikes(text), /^[a-z]+$/.test(text) ? fromLatinKeyboard(text) : text];
    const retyped = candidates.find((word) => word !== text && word.length === text.length && isKnown(word));
    if (retyped !== undefined) return { ...token, text: retyped };
    if (text.length < SHORTEST_WITH_SLIP) return token;
    const meant = KEY_WORDS.find((word) => word.length >= 6 && isOneSlipAway(word, text));
    return meant === undefined ? token : { ...token, text: meant };
  });
}

const SHORTEST_CORRECTED = 4;
const SHORTEST_WITH_SLIP = 5;
