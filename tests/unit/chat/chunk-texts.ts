import type { AnalyticsAnswer } from '../../../src/analytics/analytics.ts';
import { describeResult } from '../../../src/analytics/describe/describe-result.ts';
import type { Row } from '../../../src/analytics/result.ts';
import type { ToolUse } from '../../../src/chat/chat-answer.ts';
import { SOURCES } from '../../../src/indexing/sources/index.ts';
import type { SearchHit } from '../../../src/retrieval/search.ts';
import { CHUNK_TYPES, tableOf, type SourceName } from '../../../src/source-tables.ts';

const ROWS: Readonly<Record<SourceName, Record<string, unknown>>> = {
  orders: {
    ...{ id: '1', order_id: '11.r3fcc9ca', product_name: 'Кроссовки «Роща»', name: null, nm_id: '148001001' },
    ...{
      article: 'KR-1',
      brand: 'Жаролада',
      category: 'Обувь',
      subject: 'Кроссовки',
      size: '42',
      barcode: '204',
    },
    ...{
      quantity: '2',
      price: '2500',
      total_price: '3980',
      customer_price: '1890.5',
      discount_percent: '20',
    },
    ...{ spp_percent: '5', warehouse_from: 'Коледино', warehouse_to: 'Тамбовская область' },
    ...{ order_date: '2036-11-05', status: 'cancelled' },
  },
  sales: {
    ...{
      id: '2',
      sale_id: 'S0559246487',
      order_id: '11.r3fcc9ca',
      ofProduct: null,
      product_name: 'Термокружка',
    },
    ...{
      nm_id: '148001002',
      brand: 'Тополея',
      size: '0',
      barcode: null,
      amount: '1990.5',
      sale_date: '2036-11-06',
    },
    ...{ type: 'return', status: null, is_cancel: false },
  },
  stocks: {
    ...{ id: '3', product_name: 'Термокружка', name: null, nm_id: '148001002', article: null, brand: null },
    ...{
      category: null,
      subject: null,
      size: '0',
      barcode: null,
      warehouse_name: 'Электросталь',
      quantity: '3',
    },
    ...{ quantity_full: '7', in_way_to_client: '4', in_way_from_client: '0', price: '900', discount: '10' },
  },
  reviews: {
    ...{ id: '4', ofProduct: 'Кроссовки «Роща»', product_name: null, nm_id: '148001001', rating: '1' },
    ...{ created_date: '2036-11-07', color: 'чёрный', matching_size: 'smaller', is_answered: false },
    ...{
      bables: ['Плохой запах'],
      pros: 'Красивые',
      cons: 'Подошва\nтреснула',
      text: 'Носил 2 недели.\n\nВернул!',
    },
  },
  products: {
    ...{ id: '5', name: 'Кроссовки «Роща»', nm_id: '148001001', vendor_code: 'KR-1', brand: 'Жаролада' },
    ...{
      category: 'Обувь',
      price: '12500',
      discount_price: '9990',
      rating: '4.5',
      reviews_count: '120',
      in_stock: true,
    },
  },
};

/** The text of a chunk, as the indexer writes it, of a row that differs from a usual one by `changes`. */
export function chunkText(source: SourceName, changes: Record<string, unknown> = {}): string {
  return SOURCES[source].toText({ ...ROWS[source], ...changes } as never);
}

export function hitOf(source: SourceName, changes: Record<string, unknown> = {}): SearchHit {
  return hit(chunkText(source, changes), CHUNK_TYPES[source], tableOf(source));
}

export function hit(text: string, type: string, table = 'wb_reviews'): SearchHit {
  return {
    ...{ chunkId: 1, sourceTable: table, sourceId: 17, chunkType: type, text, similarity: 0.5, score: 1 },
    ...{ updatedAt: new Date(0), documentDate: null },
  };
}

export function toolOf(answer: Partial<AnalyticsAnswer> & Pick<AnalyticsAnswer, 'function'>): ToolUse {
  const result: AnalyticsAnswer = {
    ...{ parameters: {}, columns: [], rows: [], total: null, data: 'complete', found: 0 },
    ...{ unknown: [], note: null },
    ...answer,
  };
  const { function: name, parameters } = result;
  return { name, parameters, status: 'ok', result, text: describeResult(result) };
}

const PERIOD = { from: '2036-10-01', to: '2036-10-31' };

/** A ranking of so many products. */
export function rankingOf(count: number, found = count): ToolUse {
  const rows: Row[] = Array.from({ length: count }, (_, place) => ({
    ...{
      place: place + 1,
      nm_id: 148001001 + place,
      product: `Товар ${place + 1}`,
      article: null,
      brand: 'Тополея',
    },
    ...{ revenue: `${(count - place) * 1000}.50`, buyouts: count - place, returns: 0 },
  }));
  return toolOf({
    function: 'top_products',
    parameters: { by: 'revenue', order: 'most', limit: 10, ...PERIOD, brand: ['Тополея'] },
    columns: [
      { name: 'place', unit: 'count', label: '№' },
      { name: 'nm_id', unit: 'id', label: 'Артикул WB' },
      { name: 'product', unit: 'text', label: 'Товар' },
      { name: 'article', unit: 'text', label: 'Артикул' },
      { name: 'brand', unit: 'text', label: 'Бренд' },
      { name: 'revenue', unit: 'RUB', label: 'Выручка' },
      { name: 'buyouts', unit: 'count', label: 'Выкупы' },
      { name: 'returns', unit: 'count', label: 'Возвраты' },
    ],
    rows,
    found,
  });
}

export function totalsOf(values: Row, changes: Partial<AnalyticsAnswer> = {}): ToolUse {
  return toolOf({
    function: 'totals',
    parameters: { measures: ['orders', 'revenue'], group_by: 'none', ...PERIOD },
    columns: [
      { name: 'orders', unit: 'count', label: 'Заказы' },
      { name: 'revenue', unit: 'RUB', label: 'Выручка' },
    ],
    ...{ rows: [values], total: values, found: 1 },
    ...changes,
  });
}

/** The same by day, of one month. */
export function totalsByDay(days: number): ToolUse {
  const rows: Row[] = Array.from({ length: days }, (_, place) => ({
    ...{ day: `2036-10-${String(place + 1).padStart(2, '0')}`, orders: place, revenue: '10.00' },
  }));
  const answer = totalsOf({ orders: 465, revenue: '310.00' }).result!;
  return toolOf({
    ...answer,
    parameters: { ...answer.parameters, group_by: 'day' },
    columns: [{ name: 'day', unit: 'date', label: 'День' }, ...answer.columns],
    ...{ rows, found: days },
  });
}

export function reviewFigures(): ToolUse {
  const values: Row = {
    ...{
      reviews: 12,
      average_rating: 3.5,
      negative_reviews: 4,
      negative_share: 33.33,
      unanswered_reviews: 2,
    },
  };
  return toolOf({
    function: 'reviews',
    parameters: { group_by: 'none', ...PERIOD },
    columns: [
      { name: 'reviews', unit: 'count', label: 'Отзывы' },
      { name: 'average_rating', unit: 'stars', label: 'Средняя оценка' },
      { name: 'negative_reviews', unit: 'count', label: 'Негативные отзывы' },
      { name: 'negative_share', unit: 'percent', label: 'Доля негативных' },
      { name: 'unanswered_reviews', unit: 'count', label: 'Без ответа' },
    ],
    ...{ rows: [values], total: values, found: 1 },
  });
}
