import type { SimulatedEndpoint } from './routes.ts';

type Json = Record<string, unknown>;

/** Of each method that answers with rows: where they are, and what in one can be spoiled. */
interface Rows {
  find: (body: unknown) => unknown;
  /** The key of a row; a part of the path is the name of an object in it. */
  key: string;
  /** Something that has to be a number. */
  number: string;
  /** Something else without which a row is of no use. */
  other: string;
}

const STATISTICS = { find: (body: unknown) => body, number: 'nmId', other: 'date' };
const cardsOf = (body: unknown) => (body as Json)['cards'];
const dataOf = (list: string) => (body: unknown) => ((body as Json)['data'] as Json)[list];
const FEEDBACKS = {
  ...{ find: dataOf('feedbacks'), key: 'id' },
  ...{ number: 'productDetails.nmId', other: 'createdDate' },
};

const ROWS: Partial<Record<SimulatedEndpoint, Rows>> = {
  cardsList: { find: cardsOf, key: 'nmID', number: 'nmID', other: 'sizes' },
  cardsTrash: { find: cardsOf, key: 'nmID', number: 'nmID', other: 'sizes' },
  prices: { find: dataOf('listGoods'), key: 'nmID', number: 'nmID', other: 'sizes' },
  pricesByNm: { find: dataOf('listGoods'), key: 'nmID', number: 'nmID', other: 'sizes' },
  orders: { ...STATISTICS, key: 'srid' },
  sales: { ...STATISTICS, key: 'saleID' },
  stocks: { find: dataOf('items'), key: 'chrtId', number: 'chrtId', other: 'quantity' },
  remainsDownload: { find: (body) => body, key: 'nmId', number: 'nmId', other: 'warehouses' },
  salesFunnel: {
    find: dataOf('products'),
    key: 'product',
    number: 'product.nmId',
    other: 'product.feedbackRating',
  },
  itemRating: { find: dataOf('items'), key: 'nmId', number: 'nmId', other: 'feedbackRating' },
  feedbacks: FEEDBACKS,
  feedbacksArchive: FEEDBACKS,
};

function rowsOf(endpoint: SimulatedEndpoint, body: unknown): { rows: Json[]; kinds: Rows } | undefined {
  const kinds = ROWS[endpoint];
  const rows = kinds?.find(body);
  return kinds === undefined || !Array.isArray(rows) || rows.length === 0
    ? undefined
    : { rows: rows as Json[], kinds };
}

export function hasRows(endpoint: SimulatedEndpoint, body: unknown): boolean {
  return rowsOf(endpoint, body) !== undefined;
}

/**
 * Makes the row in the middle of an answer unusable and returns it as it was. The first time a number is no number, the
 * second the key is missing, the third something else is of another kind; then over again.
 */
export function spoilRow(endpoint: SimulatedEndpoint, body: unknown, time: number): unknown {
  const found = rowsOf(endpoint, body);
  if (found === undefined) return undefined;
  const { rows, kinds } = found;
  const row = rows[Math.floor(rows.length / 2)]!;
  const intact = structuredClone(row);
  if (time % 3 === 0) set(row, kinds.number, 'неизвестно');
  else if (time % 3 === 1) set(row, kinds.key, undefined);
  else set(row, kinds.other, { unexpected: true });
  return intact;
}

function set(row: Json, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop()!;
  const holder = names.reduce<Json>((object, name) => object[name] as Json, row);
  // JSON.stringify leaves undefined out.
  holder[last] = value;
}
