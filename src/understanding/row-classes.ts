import { STATES } from '../chunks/labels.ts';
import type { Filters, Mention } from './mention.ts';
import { WEAK_TYPES } from './row-types.ts';

/** What a type of rows is in the index: `chunk_type`, or `chunk_type:state`. */
const CLASSES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    order: ['order'],
    'returned orders': [`order:${STATES.returned}`],
    'bought orders': [`order:${STATES.bought}`],
    cancelled: [`order:${STATES.cancelled}`],
    active: [`order:${STATES.active}`],
    sale: ['sale'],
    return: [`sale:${STATES.return}`, `order:${STATES.returned}`],
    buyout: [`sale:${STATES.buyout}`],
    review: ['review'],
    answered: [`review:${STATES.answered}`],
    unanswered: [`review:${STATES.unanswered}`],
    stock: ['stock'],
    'running out': [`stock:${STATES.runningOut}`],
    'sold out': [`product:${STATES.soldOut}`],
    'in stock': ['stock', `product:${STATES.inStock}`],
    'to client': ['stock'],
    'from client': ['stock'],
    product: ['product'],
  }),
);
/** A narrower word takes the place of a wider one: `отменённые заказы` are not all orders. */
const NARROWER: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    cancelled: 'order',
    active: 'order',
    return: 'order',
    answered: 'review',
    unanswered: 'review',
    'running out': 'stock',
    'to client': 'stock',
    'from client': 'stock',
    'in stock': 'stock',
  }),
);

/** Of rows that are not meant, more than of those that are: `не выкупленные` are neither bought orders nor buyouts. */
const EXCLUDED_CLASSES: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({ buyout: [`sale:${STATES.buyout}`, `order:${STATES.bought}`] }),
);

/** All words together: `возвраты и отмены` are either. */
export interface RowTypes {
  kind: 'type' | 'state';
  value: string[];
  words: string;
  filters: Filters;
  /** What is left of it when it is let go: of `нет в наличии` that products are asked for. */
  relaxedTo?: Filters;
  /** `кроме отменённых` */
  excluded: readonly string[];
  excludedWords: readonly string[];
}

/**
 * Which rows a question asks for. Undefined: it does not say. Stars are given in reviews and pieces are in stocks, so a number
 * says it too where no word does.
 */
export function rowTypesOf(mentions: readonly Mention[]): RowTypes | undefined {
  const named = mentions.filter(({ kind }) => kind === 'type' || kind === 'state');
  const excludedOnes = named.filter(({ excluded }) => excluded);
  const excluded = excludedOnes.flatMap(
    ({ value }) => EXCLUDED_CLASSES.get(String(value)) ?? CLASSES.get(String(value))!,
  );
  const found = [
    ...named.flatMap(({ value, words, kind, isWeak, excluded: isExcluded }) =>
      isExcluded ? [] : [{ type: String(value), words, kind, strong: isWeak !== true }],
    ),
    // A rating may be of a product or of a review; only when nothing else is said it is of the product.
    ...mentions.flatMap(({ implies, words }) =>
      implies === undefined ? [] : [{ type: implies, words, kind: 'type', strong: implies !== 'product' }],
    ),
  ];
  const meant = found.some(({ strong }) => strong) ? found.filter(({ strong }) => strong) : weakest(found);
  const types = new Set(meant.map(({ type }) => type));
  for (const type of [...types]) {
    const wider = NARROWER.get(type);
    if (wider !== undefined) types.delete(wider);
  }
  if (types.has('bought orders') || types.has('returned orders')) types.delete('order');
  if (types.has('order') && types.has('buyout')) {
    types.delete('order');
    types.add('bought orders');
  }
  if (types.size === 0 && excluded.length === 0) return undefined;
  const classes = [...new Set([...types].flatMap((type) => CLASSES.get(type)!))];
  const filters: Filters = classes.length === 0 ? {} : { classes };
  if (types.has('to client')) filters.inWay = 'to_client';
  if (types.has('from client')) filters.inWay = 'from_client';
  const narrow = filters.inWay !== undefined || classes.some((name) => name.includes(':'));
  const bare = [...new Set(classes.map((name) => name.split(':')[0]!))];
  return {
    kind: meant.some(({ kind }) => kind === 'state') ? 'state' : 'type',
    value: [...types],
    words: [...new Set(meant.map(({ words }) => words))].filter((words) => words !== '').join(', '),
    filters,
    ...(narrow ? { relaxedTo: { classes: bare } } : {}),
    excluded,
    excludedWords: excludedOnes.map(({ words }) => words),
  };
}

/** Of weak words the first of the list. */
function weakest<Found extends { type: string }>(found: readonly Found[]): Found[] {
  const weak = WEAK_TYPES.find((name) => found.some(({ type }) => type === name));
  return found.filter(({ type }) => type === weak);
}
