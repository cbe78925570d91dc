import type { Filters, Mention, MentionKind, NumberRange } from './mention.ts';
import { normalizeText } from '../russian/words.ts';
import type { Reading } from './reading.ts';
import { rowTypesOf, type RowTypes } from './row-classes.ts';
import { identifierTerm, termsOf, type Term } from './search-terms.ts';

/** What a search does with it: leaves out everything else, ranks it higher, or has let it go because nothing was left. */
export type ConstraintUse = 'filter' | 'boost' | 'relaxed';

/** What a search demands of rows, or prefers. */
export interface Constraint {
  kind: MentionKind;
  value: unknown;
  /** The words of the question that say so. */
  words: string;
  used: ConstraintUse;
  /** Rows of which it is true are left out. Such a constraint is never let go. */
  excluded: boolean;
  /** Empty for a boost. */
  filters: Filters;
  /** What is left of it when it is let go: of `нет в наличии` that products are asked for. */
  relaxedTo?: Filters;
}

/** A reading as a search takes it. */
export interface SearchTask {
  /** In the order in which they are let go when nothing is left: the last first. */
  constraints: Constraint[];
  /** What full text looks for. */
  terms: Term[];
  /** Words of which a chunk may have none. */
  excludedWords: string[];
  /** Reviews are meant, and of those rather the bad ones: somebody names what buyers complain of. */
  prefers: 'reviews' | 'complaints' | undefined;
  /** The newest are asked for, or nothing that could rank one above the other. */
  recent: boolean;
}

/** Which constraints are let go first. */
const CERTAINTY: readonly MentionKind[] = [
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
/** `жалуются`, `ругают`, `не нравится`: of reviews rather the bad ones. */
const COMPLAINS = /жалу|жалоб|ругают|недовол|не нрав/;

/** What a search makes of a question. `ignore`: what is not to be understood, because the asker said it otherwise. */
export function constraintsOf(reading: Reading, ignore: ReadonlySet<MentionKind> = new Set()): SearchTask {
  const mentions = reading.mentions.filter(({ kind }) => !ignore.has(kind));
  const types = rowTypesOf(mentions);
  const asksReviews = types === undefined || types.value.length === 0 || types.value.includes('review');
  // `белые` alone describes goods; in reviews buyers say it of much else.
  const choosing = mentions.filter(
    ({ isDescription, excluded }) => isDescription !== true || excluded || !asksReviews,
  );
  const constraints: Constraint[] = [
    ...typesAsConstraints(types),
    ...goodsAsOne(choosing.filter(({ kind, excluded }) => !excluded && GOODS.has(kind))),
    ...merged(
      choosing,
      'warehouse',
      ({ warehouses }) => warehouses,
      (warehouses) => ({ warehouses }),
    ),
    ...merged(
      choosing,
      'region',
      ({ regions }) => regions,
      (regions) => ({ regions }),
    ),
    ...merged(
      choosing,
      'size',
      ({ sizes }) => sizes,
      (sizes) => ({ sizes }),
    ),
    ...periodsAsOne(choosing),
    ...ratingsAsOne(choosing),
    ...choosing.filter(({ kind, excluded }) => !excluded && ALONE.has(kind)).map(asConstraint),
    ...choosing.filter(({ kind, excluded }) => excluded && !NOT_EXCLUDED_ALONE.has(kind)).map(asConstraint),
  ];
  const prefers = ignore.has('topic') ? undefined : preferenceOf(mentions, types);
  const topic = topicConstraint(mentions, prefers);
  const words = reading.words.filter(
    (word) => !word.excluded && (word.fate !== 'mention' || isLookedFor(word, reading.mentions)),
  );
  return {
    constraints: [...constraints, ...topic].toSorted(
      (a, b) => CERTAINTY.indexOf(a.kind) - CERTAINTY.indexOf(b.kind),
    ),
    terms: [...reading.identifiers.map(identifierTerm), ...termsOf(words.map(({ text }) => text))],
    excludedWords: [
      ...reading.words.flatMap(({ fate, excluded, text }) => (excluded && fate === 'unread' ? [text] : [])),
      ...choosing.flatMap(({ excluded, isDescription, goods }) =>
        excluded && isDescription === true ? goods!.flatMap(({ names }) => names) : [],
      ),
    ],
    prefers,
    recent: mentions.some(({ kind }) => kind === 'recency'),
  };
}

/** A question that is not to be understood: all its words are looked for. */
export function asPlainWords(words: readonly string[]): SearchTask {
  const terms = termsOf(words.filter((word) => /^[\p{L}\p{N}]/u.test(word)));
  return { constraints: [], terms, excludedWords: [], prefers: undefined, recent: false };
}

const GOODS: ReadonlySet<MentionKind> = new Set<MentionKind>([
  'product',
  'article',
  'brand',
  'category',
  'name',
]);
const ALONE: ReadonlySet<MentionKind> = new Set<MentionKind>(['quantity', 'amount', 'recency']);
const NOT_EXCLUDED_ALONE: ReadonlySet<MentionKind> = new Set<MentionKind>([
  'type',
  'state',
  'recency',
  'topic',
]);

const asConstraint = ({ kind, value, words, filters, excluded }: Mention): Constraint => ({
  ...{ kind, value, words, filters, excluded },
  used: Object.keys(filters).length === 0 ? 'boost' : 'filter',
});

function typesAsConstraints(types: RowTypes | undefined): Constraint[] {
  if (types === undefined) return [];
  const { kind, value, words, filters, relaxedTo, excluded, excludedWords } = types;
  const meant: Constraint[] =
    value.length === 0
      ? []
      : [{ kind, value, words, used: 'filter', excluded: false, filters, ...(relaxedTo && { relaxedTo }) }];
  if (excluded.length === 0) return meant;
  return [
    ...meant,
    {
      ...{ kind: 'type', value: excluded, words: excludedWords.join(', '), used: 'filter', excluded: true },
      filters: { classes: excluded },
    },
  ];
}

/** Numbers and articles are any of them; of words of names the products that fit, see `GoodsGroup`. Both have to hold. */
function goodsAsOne(mentions: readonly Mention[]): Constraint[] {
  const numbered = mentions.filter(({ kind }) => kind === 'product' || kind === 'article');
  const named = mentions.filter(({ kind }) => kind !== 'product' && kind !== 'article');
  const ids = (of: readonly Mention[]) => [...new Set(of.flatMap(({ filters }) => filters.nmIds ?? []))];
  const nmIds = ids(numbered);
  const constraints = named.map(asConstraint);
  if (numbered.length === 0) return constraints;
  // A number says all: a name beside it is how the seller calls the same thing, or it fits nothing.
  const [first] = numbered;
  const values = numbered.map(({ value }) => value);
  return [
    {
      ...asConstraint(first!),
      value: values.length === 1 ? values[0] : values,
      words: numbered.map(({ words }) => words).join(', '),
      filters: { nmIds },
    },
    ...constraints,
  ];
}

/** Several places or sizes: any of them. */
function merged(
  mentions: readonly Mention[],
  kind: MentionKind,
  valuesOf: (filters: Filters) => readonly string[] | undefined,
  filtersOf: (values: string[]) => Filters,
): Constraint[] {
  const own = mentions.filter((mention) => mention.kind === kind && !mention.excluded);
  const values = [...new Set(own.flatMap(({ filters }) => valuesOf(filters) ?? []))];
  if (own.length === 0) return [];
  return [
    {
      ...asConstraint(own[0]!),
      value: values.length === 1 ? values[0] : values,
      words: own.map(({ words }) => words).join(', '),
      filters: filtersOf(values),
    },
  ];
}

/** Several periods are asked for together: any of them will do. One that is named again says nothing more. */
function periodsAsOne(mentions: readonly Mention[]): Constraint[] {
  const own = mentions.filter(({ kind, excluded }) => kind === 'period' && !excluded);
  const all = new Map<string, NonNullable<Filters['periods']>[number]>();
  const distinct = own.filter(({ filters }) => {
    const news = (filters.periods ?? []).filter(({ from, to }) => !all.has(`${from}/${to}`));
    for (const period of news) all.set(`${period.from}/${period.to}`, period);
    return news.length > 0;
  });
  return distinct.map((mention) => ({ ...asConstraint(mention), filters: { periods: [...all.values()] } }));
}

/** `тройки и двойки`: several ratings are a range. */
function ratingsAsOne(mentions: readonly Mention[]): Constraint[] {
  const own = mentions.filter(({ kind, excluded }) => kind === 'rating' && !excluded);
  const ratings = own.flatMap(({ filters }) => (filters.rating === undefined ? [] : [filters.rating]));
  const isRange =
    ratings.length > 1 && ratings.every(({ from, to }) => from !== undefined && to !== undefined);
  const rating: NumberRange = isRange
    ? { from: Math.min(...ratings.map(({ from }) => from!)), to: Math.max(...ratings.map(({ to }) => to!)) }
    : {};
  return own.map((mention) =>
    isRange ? { ...asConstraint(mention), filters: { rating } } : asConstraint(mention),
  );
}

/** What buyers write about is looked for in reviews first, unless the question says where. */
function preferenceOf(mentions: readonly Mention[], types: RowTypes | undefined): SearchTask['prefers'] {
  const classes = types?.filters.classes ?? [];
  if (classes.some((name) => name.includes(':'))) return undefined;
  if (classes.length > 0 && !classes.includes('review')) return undefined;
  const named = mentions.filter(({ kind, excluded }) => kind === 'topic' && !excluded);
  const complains = mentions.some(
    ({ kind, words }) => kind === 'type' && COMPLAINS.test(normalizeText(words)),
  );
  const isComplaint =
    (complains || named.some(({ value }) => value === 'complaint')) &&
    !mentions.some(({ kind }) => kind === 'rating');
  if (named.length === 0) return isComplaint ? 'complaints' : undefined;
  return isComplaint ? 'complaints' : 'reviews';
}

function topicConstraint(mentions: readonly Mention[], prefers: SearchTask['prefers']): Constraint[] {
  const named = mentions.filter(({ kind, excluded }) => kind === 'topic' && !excluded);
  if (named.length === 0 || prefers === undefined) return [];
  const value = prefers === 'complaints' ? 'reviews that complain' : 'reviews';
  const words = named.map((mention) => mention.words).join(', ');
  return [{ kind: 'topic', value, words, used: 'boost', excluded: false, filters: {} }];
}

/** All filters together. Of two of one kind both have to hold, so products are those of each. */
export function filtersOf(constraints: readonly Constraint[]): Filters {
  let filters: Filters = {};
  for (const { used, excluded, filters: meant, relaxedTo = {} } of constraints) {
    if (used === 'boost' || excluded) continue;
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

/** What no row may be: each by itself. */
export function exclusionsOf(constraints: readonly Constraint[]): Filters[] {
  return constraints.flatMap(({ excluded, filters }) => (excluded ? [filters] : []));
}

/** Words of goods and topics rank among the rows that the filter leaves. */
function isLookedFor({ start, end }: { start: number; end: number }, mentions: readonly Mention[]): boolean {
  return mentions.some(
    (mention) =>
      (mention.goods !== undefined || mention.kind === 'topic') &&
      !mention.excluded &&
      start >= mention.start &&
      end <= mention.end,
  );
}
