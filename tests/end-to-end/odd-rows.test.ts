import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createLocalEmbedder } from '../../src/embedding/local-embedder.ts';
import type { SourceName } from '../../src/source-tables.ts';
import { insertCabinet, insertRow } from '../helpers/captured-changes.ts';
import { compareIndex, describeDifferences, expectedChunks } from '../helpers/oracle.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { startTestService, type TestService } from '../helpers/test-service.ts';

const DAY_MS = 86_400_000;
const WINDOW_DAYS = 90;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
const differentWords = (count: number) =>
  Array.from({ length: count }, (_, n) => `слово${n.toString(36)}`).join(' ');

/** Rows that somebody will write some day, and whether each calls for a chunk. */
const ODD_ROWS: Record<string, [source: SourceName, values: Record<string, unknown>, chunk: boolean]> = {
  'an order of nothing but its key': ['orders', {}, true],
  'a product of nothing but its key': ['products', {}, true],
  'a stock of nothing but its key': ['stocks', {}, false],
  'a review of nothing but its key': ['reviews', {}, true],
  'a sale of nothing but its key': ['sales', {}, true],
  'a key of white space': ['orders', { order_id: ' \t\n ' }, true],
  'blank values of every kind of white space': [
    'orders',
    { name: '\u00a0\u2003', brand: '\ufeff', size: '\u3000\u2028', article: '\v\f', status: ' ' },
    true,
  ],
  'zero-width and other characters that are no white space': [
    'orders',
    { name: '\u200b', brand: '\u0085' },
    true,
  ],
  'white space inside and around values': [
    'orders',
    { name: '  Кружка \n\t синяя\u00a0', brand: 'a\r\nb' },
    true,
  ],
  'emoji, directions and combining marks': ['products', { name: '👩‍👩‍👧‍👦🇷🇺 שלום e\u0301\u202e' }, true],
  'control characters': [
    'products',
    { name: '\u0001\u0007\u001b[31mred\u007f', brand: '\ufffe\uffff' },
    true,
  ],
  'SQL, JSON and formats': [
    'products',
    { name: `'; drop table wb_orders; --`, brand: '{"a": "$1 %s \\x41"}' },
    true,
  ],
  'labels inside a review': ['reviews', { text: 'Цена: 5 ₽\nТовар: чужой\n\nОценка: 5', rating: 1 }, true],
  'a review of 300 000 different words': ['reviews', { text: differentWords(300_000) }, true],
  'a review of one word of 2 000 000 letters': ['reviews', { text: 'а'.repeat(2_000_000) }, true],
  'a name of 100 000 emoji': ['products', { name: '🙂'.repeat(100_000) }, true],
  'money that is not a number': [
    'orders',
    { price: 'NaN', total_price: 'Infinity', customer_price: '-Infinity' },
    true,
  ],
  'a percentage that is not a number': ['orders', { discount_percent: 'NaN', spp_percent: 'Infinity' }, true],
  'negative and tiny money': ['sales', { amount: '-0.001' }, true],
  'money of a thousand digits': ['sales', { amount: `${'9'.repeat(1000)}.${'9'.repeat(1000)}` }, true],
  'money with zeros at its end': [
    'orders',
    { price: '1990.500', total_price: '100.00', customer_price: '0.00' },
    true,
  ],
  'the largest whole number': [
    'stocks',
    { quantity: '9223372036854775807', quantity_full: '-9223372036854775808' },
    true,
  ],
  'a whole number that JavaScript would round': [
    'products',
    { reviews_count: '9007199254740993', nm_id: '9007199254740993' },
    true,
  ],
  'a rating below the scale': ['reviews', { rating: -7 }, true],
  'a rating of two': ['reviews', { rating: 2 }, true],
  'a rating of three': ['reviews', { rating: 3 }, true],
  'a rating of four': ['reviews', { rating: 4 }, true],
  'a rating above the scale': ['reviews', { rating: 100 }, true],
  'a stock of one': ['stocks', { quantity: 1 }, true],
  'a stock of five': ['stocks', { quantity: 5 }, true],
  'a stock of six': ['stocks', { quantity: 6 }, true],
  'a stock of twenty': ['stocks', { quantity: 20 }, true],
  'a stock of twenty-one': ['stocks', { quantity: 21 }, true],
  'a stock of zero': ['stocks', { quantity: 0 }, false],
  'a stock of less than nothing': ['stocks', { quantity: -1 }, false],
  'a stock that is all on its way': [
    'stocks',
    { quantity: 0, quantity_full: 10, in_way_to_client: 10 },
    false,
  ],
  'a product that is switched off': ['products', { is_active: false }, false],
  'a product of which nobody knows whether it is active': ['products', { is_active: null }, true],
  'bables that are no array': ['reviews', { bables: '{"0": "цвет"}' }, true],
  'bables of a string': ['reviews', { bables: '"цвет"' }, true],
  'bables of JSON null': ['reviews', { bables: 'null' }, true],
  'bables of all sorts': [
    'reviews',
    { bables: '["", " ", "цвет\\nи размер", null, 1e400, true, {"a": "b"}, ["c"]]' },
    true,
  ],
  'bables of 10 000 words': [
    'reviews',
    { bables: JSON.stringify(Array.from({ length: 10_000 }, (_, n) => `b${n}`)) },
    true,
  ],
  'an order of the end of all days': ['orders', { order_date: 'infinity' }, true],
  'an order of the beginning of all days': ['orders', { order_date: '-infinity' }, false],
  'an order of the year 12000': ['orders', { order_date: '12000-01-01 00:00+00' }, true],
  'a sale in the last microsecond of the year 9999 in Moscow': [
    'sales',
    { sale_date: '9999-12-31 20:59:59.999999+00' },
    true,
  ],
  'a sale in the first microsecond of the year 10000 in Moscow': [
    'sales',
    { sale_date: '9999-12-31 21:00+00' },
    true,
  ],
  'a sale before Christ': ['sales', { sale_date: '0044-03-15 BC' }, false],
  'a review of tomorrow': ['reviews', { created_date: daysAgo(-1) }, true],
  'an order whose day is another one in Moscow': ['orders', { order_date: '2999-06-30 21:00+00' }, true],
  'an order an hour inside of the window': ['orders', { order_date: daysAgo(WINDOW_DAYS - 1 / 24) }, true],
  'an order an hour outside of the window': ['orders', { order_date: daysAgo(WINDOW_DAYS + 1 / 24) }, false],
  'an old order without a date': ['orders', { created_at: daysAgo(WINDOW_DAYS + 1) }, false],
  'a recent sale that was written long ago': [
    'sales',
    { created_at: daysAgo(1000), sale_date: daysAgo(1) },
    true,
  ],
  'an old review that was written just now': ['reviews', { created_date: daysAgo(1000) }, false],
  'a status of another spelling': ['orders', { status: 'Active' }, true],
  'a sale of an unknown type': ['sales', { type: 'correction' }, true],
  'a sale of a blank type': ['sales', { type: ' ' }, true],
};

describe('an odd row', () => {
  const embedder = createLocalEmbedder();
  const keys = new Map<string, string>();
  let database: TestDatabase;
  let service: TestService;
  let wanted: Awaited<ReturnType<typeof expectedChunks>>;
  let differences: Awaited<ReturnType<typeof compareIndex>>;

  before(async () => {
    database = await createTestDatabase();
    service = await startTestService({
      databaseUrl: database.connectionString,
      env: { RAG_WINDOW_DAYS: String(WINDOW_DAYS) },
    });
    const cabinet = await insertCabinet(database.pool);
    for (const [name, [source, values]] of Object.entries(ODD_ROWS)) {
      keys.set(name, `${cabinet}/wb_${source}/${await insertRow(database.pool, source, cabinet, values)}`);
    }
    await service.untilQuiet();
    wanted = await expectedChunks(database.pool, { windowDays: WINDOW_DAYS });
    differences = await compareIndex(database.pool, database.pool, {
      windowDays: WINDOW_DAYS,
      model: embedder.model,
      embed: async (texts) => {
        const { items } = await embedder.embed(texts);
        return items.map((item) => ('vector' in item ? item.vector : assert.fail(item.rejected)));
      },
    });
  });
  after(async () => {
    await service.stop();
    await database.drop();
  });

  for (const [name, [, , chunk]] of Object.entries(ODD_ROWS)) {
    it(`${chunk ? 'has the chunk that it calls for' : 'has no chunk'}: ${name}`, () => {
      const key = keys.get(name)!;
      assert.equal(wanted.has(key), chunk, 'the oracle and this table of rows agree');
      assert.equal(describeDifferences(differences, key), '');
    });
  }
});
