/**
 * Right answers in short: statements over the views, one function a form. What a measure is, which day a row belongs to and
 * what a question without a period means is told in docs/analytics.md.
 */
import * as measures from '../measures.ts';
import { rowsOf, type Tally, type View } from '../views.ts';
import type { Right, Saying } from './question.ts';

type FiguresRight = Extract<Right, { figures: string }>;
type Top = NonNullable<FiguresRight['top']>;

const MEASURES = {
  orders: ['orders', measures.ORDERS],
  ordered_pieces: ['orders', 'coalesce(sum(x.quantity), 0)'],
  orders_amount: ['orders', measures.ORDERS_AMOUNT],
  average_order: ['orders', 'round(avg(x.total_price), 2)'],
  cancelled_orders: ['orders', measures.CANCELLED_ORDERS],
  cancelled_amount: ['orders', measures.CANCELLED_AMOUNT],
  cancel_rate: ['orders', measures.CANCEL_RATE],
  buyout_rate: ['orders', measures.BUYOUT_RATE],
  return_rate: ['orders', measures.RETURN_RATE],
  buyouts: ['sales', measures.BUYOUTS],
  buyouts_amount: ['sales', measures.BUYOUTS_AMOUNT],
  returns: ['sales', measures.RETURNS],
  returns_amount: ['sales', measures.RETURNS_AMOUNT],
  revenue: ['sales', measures.REVENUE],
  average_check: ['sales', measures.AVERAGE_CHECK],
  payout: ['sales', measures.PAYOUT],
  reviews: ['reviews', 'count(*)'],
  average_rating: ['reviews', measures.AVERAGE_RATING],
  negative_reviews: ['reviews', measures.NEGATIVE_REVIEWS],
  negative_share: ['reviews', measures.NEGATIVE_SHARE],
  unanswered_reviews: ['reviews', measures.UNANSWERED_REVIEWS],
  // Two functions tell the stock, each under its own name.
  quantity: ['stocks', 'coalesce(sum(x.quantity), 0)'],
  stock: ['stocks', 'coalesce(sum(x.quantity), 0)'],
  in_way_to_client: ['shelves', 'coalesce(sum(x.in_way_to_client), 0)'],
  in_way_from_client: ['shelves', 'coalesce(sum(x.in_way_from_client), 0)'],
  products: ['products', 'count(*)'],
} as const satisfies Record<string, readonly [Tally, string]>;
export type Measure = keyof typeof MEASURES;

/** One figure or several of one table: `total('revenue', OCTOBER)`, `total(['buyouts', 'returns'], …)`. */
export function total(names: Measure | readonly Measure[], where = 'true'): FiguresRight {
  const { view, columns } = read(names);
  return { figures: `select ${columns} from ${view} x cross join given g where ${where}` };
}

/** One row a value of `column`; what says 0 or nothing may be left out. */
export function by(column: string, names: Measure | readonly Measure[], where = 'true'): FiguresRight {
  return { figures: grouped(column, names, where) };
}

/** The first so many, or exactly so many, of the groups with the most (or least) of a measure. */
export function ranked(
  column: string,
  name: Measure,
  top: Top,
  { where = 'true', order = 'desc' }: { where?: string; order?: 'asc' | 'desc' } = {},
): FiguresRight {
  return { figures: `${grouped(column, name, where)} order by ${name} ${order}`, top };
}

/** The products on sale with the least of a measure, those that have none included. */
export function least(name: Measure, top: Top, where: string, product = 'true'): FiguresRight {
  const { view, columns } = read(name);
  return {
    figures: `select p.nm_id::text as key, (select ${columns} from ${view} x where x.nm_id = p.nm_id and ${where})
      from products p where ${product} order by 2`,
    top,
  };
}

/** A measure of some days next to that of others: as one comparison, or as one figure for each. */
export function compared(name: Measure, now: string, before: string, where = 'true'): Right {
  const { view, columns } = read(name);
  const of = (days: string) =>
    `(select ${columns} from ${view} x cross join given g where ${where} and ${days})`;
  return either(
    { figures: `select n.${name}, b.${name} as ${name}_before from ${of(now)} n cross join ${of(before)} b` },
    [total(name, `${where} and ${now}`), total(name, `${where} and ${before}`)],
  );
}

/** A measure of several values of a column: as one table, or as one figure for each. */
export function split(column: string, values: readonly string[], name: Measure, where = 'true'): Right {
  const one = (value: string) => `x.${column} = '${value}'`;
  return either(
    by(column, name, `${where} and (${values.map(one).join(' or ')})`),
    values.map((value) => total(name, `${where} and ${one(value)}`)),
  );
}

/** The rows of a view, of which at least one is shown and no other. */
export function rows(view: View, where: string): Right {
  return { rows: [rowsOf(view, where)] };
}

/** Where a question may mean the rows as well as how many there are («заказы за вчера»). */
export function rowsOrCount(view: 'orders' | 'reviews', where: string): Right {
  return either(rows(view, where), total(view, where));
}

/** Sales, or the orders that became sales, or how many there are. */
export function bought(where: string): Right {
  return outcome('buyout', 'bought', 'buyouts', where);
}

/** Returns, or the orders that came back, or how many there are. */
export function returned(where: string): Right {
  return outcome('return', 'returned', 'returns', where);
}

function outcome(type: string, status: string, name: Measure, where: string): Right {
  const ofBoth = [
    rowsOf('sales', `x.type = '${type}' and ${where}`),
    rowsOf('orders', `x.status = '${status}' and ${where}`),
  ];
  return either({ rows: ofBoth }, total(name, where));
}

/** Products on sale, as rows or as a table. */
export function products(where: string): Right {
  return either(rows('products', where), {
    figures: `select x.nm_id::text as key, x.price from products x cross join given g where ${where}`,
  });
}

/** Pieces in stock. */
export function stock(where = 'true'): Right {
  return either(total('quantity', where), total('stock', where));
}

/** Pieces in stock, one row a value of `column`. */
export function stockBy(column: string, where = 'true'): Right {
  return either(by(column, 'quantity', where), by(column, 'stock', where));
}

/** Pieces that were ordered; an order is one piece at Wildberries. */
export function pieces(where: string): Right {
  return either(total('orders', where), total('ordered_pieces', where));
}

/** For how many days a product's stock lasts. */
export function cover(where: string): FiguresRight {
  return { figures: `select x.cover_days from supply x cross join given g where ${where}` };
}

/** Products by how long their stock lasts, as a table of what is left of them. */
export function supply(where: string): Right {
  const as = (name: string) => ({
    figures: `select x.nm_id::text as key, x.stock as ${name} from supply x cross join given g where ${where}`,
  });
  return either(as('stock'), as('quantity'));
}

export function either(...alternatives: readonly (Right | readonly Right[])[]): Right {
  return { either: alternatives };
}

export function says(saying: Saying, words: string, absent?: string): Right {
  return { says: saying, words, ...(absent === undefined ? {} : { absent }) };
}

/** That nothing of a view fulfils a condition. */
export function lacks(view: View, where: string): string {
  return `select x.id from ${view} x where ${where} limit 1`;
}

const THEMES = {
  материал: 'материал|ткан|синтетик|колется|просвечив',
  размер: 'размер|маломер|большемер|мал[аоы]|тесн|велик',
  швы: 'шв[ыо]|шов|нитк',
  молния: 'молни|замок|бегун|фурнитур',
  катышки: 'катыш|скат',
  усадка: 'садится|села|стирк',
  крой: 'крой|криво|мешком|посадк',
  обувь: 'натира|трут|ст[её]р',
  срок: 'срок|просроч',
  запах: 'запах|пахнет',
  цвет: 'цвет',
  упаковка: 'упаковк|коробк|вскрыв',
  крышка: 'протека|крышк',
  деньги: 'сняли деньги|цена упала',
  качество: 'качеств|брак|сломал|порв|отклеил',
} as const;

/** The five themes that most of the reviews speak of, as patterns for the answer. */
export function themes(where: string): Right {
  const values = Object.entries(THEMES).map(([name, pattern]) => `('${name}', '${pattern}')`);
  return {
    themes: `select t.pattern as theme from reviews x cross join given g
      join (values ${values.join(', ')}) t (name, pattern) on x.said ~* t.pattern
      where ${where} group by t.name, t.pattern order by count(*) desc, t.name limit 5`,
  };
}

/** What is complained of: named, or borne out by reviews with few stars. */
export function complaints(where: string): Right {
  return either(themes(`${where} and x.rating <= 3`), rows('reviews', `${where} and x.rating <= 3`));
}

function grouped(column: string, names: Measure | readonly Measure[], where: string): string {
  const { view, columns, says: something } = read(names);
  return `select x.${column}::text as key, ${columns} from ${view} x cross join given g
    where x.${column} is not null and ${where} group by x.${column} having ${something}`;
}

function read(names: Measure | readonly Measure[]): { view: Tally; columns: string; says: string } {
  const list = typeof names === 'string' ? [names] : names;
  const [view] = MEASURES[list[0]!];
  return {
    view,
    columns: list.map((name) => `${MEASURES[name][1]} as ${name}`).join(', '),
    says: list.map((name) => `(${MEASURES[name][1]}) is not null`).join(' and '),
  };
}
