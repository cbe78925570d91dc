import { weightOfWord } from '../../embedding/stop-words.ts';
import type { Constraint, ConstraintKind, Filters } from './constraint.ts';
import { FILLERS } from './fillers.ts';
import { fromLatinKeyboard, fromTransliteration } from './keyboard.ts';
import { readNumbersOfGoods, readPlaces, readProducts, readSizes } from './names.ts';
import { readNumbers } from './numbers.ts';
import { findPeriods, type PeriodContext } from './periods.ts';
import { readPartOf } from './read-part.ts';
import { Reading } from './reading.ts';
import { topicOf } from '../../analytics/review-topics.ts';
import { isTypeWord, readTypes } from './chunk-types.ts';
import { isOneSlipAway } from './typos.ts';
import type { Vocabulary } from './vocabulary.ts';
import { normalizeText, tokenize, type Token } from './words.ts';

export interface UnderstandingContext extends PeriodContext {
  vocabulary: Vocabulary;
  /** What is not to be understood: the asker said it otherwise, or took it back. */
  ignore?: ReadonlySet<ConstraintKind>;
}

/** A word to look for. All of lower-case letters and digits. */
export interface Term {
  /** It, in forms that full text tells apart. */
  words: string[];
  /** Others that mean the same; worth less. */
  related: string[];
}

export interface Understanding {
  /** In the order in which they are let go when nothing is left: the last first. */
  constraints: Constraint[];
  /** What full text looks for. */
  terms: Term[];
  /** Reviews are meant, and of those rather the bad ones: somebody names what buyers complain of. */
  prefers: 'reviews' | 'complaints' | undefined;
  /** The newest are asked for, or nothing that could rank one above the other. */
  recent: boolean;
  /** The question as it was meant: typed on a Russian keyboard. */
  question: string;
  /** It was too long to be read: nothing is understood of what comes after its first words. */
  isCut: boolean;
}

/** Which constraints are let go first. */
const CERTAINTY: readonly ConstraintKind[] = [
  ...([
    'product',
    'article',
    'type',
    'state',
    'category',
    'brand',
    'name',
    'rating',
    'period',
    'warehouse',
  ] as const),
  ...(['region', 'size', 'quantity', 'amount', 'recency', 'topic'] as const),
];

/** Forms of words that questions turn on; a word one slip away from one is taken for it. */
const KEY_WORDS =
  'заказы заказов заказ отзывы отзывов отзыв возвраты возвратов возврат продажи продаж выкупы выкупов остатки остатков остаток склад складе негатив негативные размера размер рейтинг рейтингом заканчивается заканчиваются дешевле дороже отмены отмененные карточки товары товаров'.split(
    ' ',
  );

/**
 * What a question asks for, in the words of one cabinet. A pure function: the same question, names and day give the same.
 * What is not understood is left to the ranking, so a mistake here costs places, and never an error.
 */
export function understand(whole: string, context: UnderstandingContext): Understanding {
  const { vocabulary, ignore = new Set() } = context;
  const { text: question, isCut } = readPartOf(whole);
  const retype = layoutOf(question, vocabulary);
  const meant = retype(question);
  const reading = new Reading(question, correct(tokenize(meant), vocabulary));

  readNumbersOfGoods(reading, vocabulary);
  const identifiers = findIdentifiers(reading);
  if (!ignore.has('period')) {
    for (const { from, to, start, end } of findPeriods(meant, context)) {
      if (reading.tokens.some((token) => token.text === '§' && token.start < end && token.end > start))
        continue;
      reading.add(
        { kind: 'period', value: { from, to }, used: 'filter', filters: { periods: [{ from, to }] } },
        start,
        end,
      );
      reading.consume(start, end);
    }
  }
  readPlaces(reading, vocabulary);
  const recent = findRecent(reading);
  readNumbers(reading);
  readTypes(reading);
  readProducts(reading, vocabulary);
  readSizes(
    reading,
    vocabulary,
    reading.constraints.some(({ kind }) => ['brand', 'category', 'name'].includes(kind)),
  );

  const left = reading.unread().map(({ token }) => token);
  const terms = [...identifiers, ...termsOf(left.map(({ text }) => text))];
  const prefers = ignore.has('topic') ? undefined : readTopics(reading, left);
  const constraints = mergeRatings(mergePeriods(reading.constraints))
    .filter(({ kind }) => !ignore.has(kind))
    .toSorted((a, b) => CERTAINTY.indexOf(a.kind) - CERTAINTY.indexOf(b.kind));
  return { constraints, terms, prefers, recent, question: isCut ? retype(whole) : meant, isCut };
}

/** A question that is not to be understood: all its words are looked for. */
export function asPlainWords(question: string): Understanding {
  const words = tokenize(question).map(({ text }) => text);
  return {
    constraints: [],
    terms: termsOf(words.filter((word) => /^[\p{L}\p{N}]/u.test(word))),
    prefers: undefined,
    recent: false,
    question,
    isCut: false,
  };
}

/** Numbers of orders, barcodes with letters and the like: looked for as they are. */
const IDENTIFIER = /(?<![\p{L}\d])(?=\S*\d)(?=\S*\p{L})[\p{L}\d][\p{L}\d._-]{10,}[\p{L}\d]/gu;

function findIdentifiers(reading: Reading): Term[] {
  return [...reading.question.matchAll(IDENTIFIER)].flatMap((match) => {
    const [start, end] = [match.index, match.index + match[0].length];
    if (reading.tokens.some((token) => token.text === '§' && token.start < end && token.end > start))
      return [];
    reading.consume(start, end);
    // Quoted, so that Postgres takes it apart as it does the chunk's words.
    return [{ words: [`'${match[0].toLowerCase().replaceAll(/[_-]/g, ' ')}'`], related: [] }];
  });
}

/** `жалуются`, `ругают`, `не нравится`: of reviews rather the bad ones. */
const COMPLAINS = /жалу|жалоб|ругают|недовол|не нрав/;

/** What buyers write about is looked for in reviews first, unless the question says where. */
function readTopics(reading: Reading, left: readonly Token[]): Understanding['prefers'] {
  const named = left.flatMap((token) => {
    const topic = topicOf(token.text);
    return topic === undefined ? [] : [{ token, topic }];
  });
  const { constraints } = reading;
  if (constraints.some(({ kind, filters }) => kind !== 'type' && filters.classes !== undefined))
    return undefined;
  const classes = constraints.flatMap(({ filters }) => filters.classes ?? []);
  if (classes.length > 0 && !classes.includes('review')) return undefined;
  const complains = constraints.some(
    ({ kind, words }) => kind === 'type' && COMPLAINS.test(normalizeText(words)),
  );
  const isComplaint =
    (complains || named.some(({ topic }) => topic.isComplaint)) &&
    !constraints.some(({ kind }) => kind === 'rating');
  if (named.length === 0) return isComplaint ? 'complaints' : undefined;
  const [first, last] = [named[0]!.token, named.at(-1)!.token];
  const value = isComplaint ? 'reviews that complain' : 'reviews';
  reading.add({ kind: 'topic', value, used: 'boost', filters: {} }, first.start, last.end);
  return isComplaint ? 'complaints' : 'reviews';
}

/** All filters together. Of two of one kind both have to hold, so products are those of each. */
export function filtersOf(constraints: readonly Constraint[]): Filters {
  let filters: Filters = {};
  for (const { used, filters: meant, relaxedTo = {} } of constraints) {
    if (used === 'boost') continue;
    const own = used === 'relaxed' ? relaxedTo : meant;
    const nmIds =
      filters.nmIds !== undefined && own.nmIds !== undefined
        ? own.nmIds.filter((id) => filters.nmIds!.includes(id))
        : (own.nmIds ?? filters.nmIds);
    const { ownNames, ...rest } = { ...filters, ...own };
    const single = filters.nmIds === undefined || own.nmIds === undefined;
    filters = {
      ...rest,
      ...(nmIds === undefined ? {} : { nmIds }),
      ...(single && ownNames !== undefined ? { ownNames } : {}),
    };
  }
  return filters;
}

/** Several periods are asked for together: any of them will do. One that is named again says nothing more. */
function mergePeriods(constraints: readonly Constraint[]): Constraint[] {
  const all = new Map<string, Period>();
  const distinct = constraints.filter(({ kind, filters }) => {
    if (kind !== 'period') return true;
    const news = (filters.periods ?? []).filter(({ from, to }) => !all.has(`${from}/${to}`));
    for (const period of news) all.set(`${period.from}/${period.to}`, period);
    return news.length > 0;
  });
  const periods = [...all.values()];
  return distinct.map((constraint) =>
    constraint.kind === 'period' ? { ...constraint, filters: { periods } } : constraint,
  );
}

type Period = NonNullable<Filters['periods']>[number];

/** `тройки и двойки`: several ratings are a range. */
function mergeRatings(constraints: readonly Constraint[]): Constraint[] {
  const ratings = constraints.flatMap(({ filters }) =>
    filters.rating === undefined ? [] : [filters.rating],
  );
  if (ratings.length < 2 || ratings.some(({ from, to }) => from === undefined || to === undefined))
    return [...constraints];
  const rating = {
    from: Math.min(...ratings.map(({ from }) => from!)),
    to: Math.max(...ratings.map(({ to }) => to!)),
  };
  return constraints.map((constraint) =>
    constraint.kind === 'rating' ? { ...constraint, filters: { rating } } : constraint,
  );
}

/** `последние отзывы`, `свежие заказы`: the newest first, of whatever age. */
function findRecent(reading: Reading): boolean {
  let recent = false;
  reading.find(
    String.raw`(?:самые )?(?:последн(?:ие|их|ий|яя|юю)|свеж(?:ие|их|ий)|недавн\p{L}*|новые|новых)(?= (?:отзыв|заказ|продаж|возврат|выкуп|отмен|негатив|комментари)\p{L}*)|недавно|в последнее время`,
    () => {
      recent = true;
      return { kind: 'recency', value: 'newest first', used: 'boost', filters: {} };
    },
  );
  return recent;
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

function correct(tokens: readonly Token[], vocabulary: Vocabulary): Token[] {
  return tokens.map((token) => {
    if (
      token.text.length < 5 ||
      KEY_WORDS.includes(token.text) ||
      isTypeWord(token.text) ||
      vocabulary.meaningOf(token.text)?.exact === true
    )
      return token;
    const meant = KEY_WORDS.find((word) => word.length >= 6 && isOneSlipAway(word, token.text));
    return meant === undefined ? token : { ...token, text: meant };
  });
}

/** One for each word that is left, with other words for it. */
function termsOf(words: readonly string[]): Term[] {
  const telling = [...new Set(words)].filter(
    (word) => word.length > 1 && !FILLERS.has(word) && weightOfWord(word) > 0.2,
  );
  return telling
    .slice(0, MAX_TERMS)
    .map((word) => ({ words: [word, ...formsOf(word)], related: topicOf(word)?.related ?? [] }));
}

/** Forms that full text tells apart: Russian puts a vowel before a final `к`, `остаток` and `остатки`, `кроссовок` and `кроссовки`. */
function formsOf(word: string): string[] {
  if (word.length < 5) return [];
  const withVowel = /^(.*[бвгджзйклмнпрстфхцчшщ])[ое]к$/.exec(word);
  if (withVowel !== null) return [`${withVowel[1]!}ки`];
  const without = /^(.*[бвгджзйлмнпрстфхцчшщ])к(?:и|ам|ами|ах|а|у|ом|е|ов)$/.exec(word);
  return without === null ? [] : [`${without[1]!}ок`];
}

/** A question of more words is a text; its first words say what it is about. */
const MAX_TERMS = 12;
