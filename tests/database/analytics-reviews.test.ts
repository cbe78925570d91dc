import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createAnalytics, type Analytics, type AnalyticsAnswer } from '../../src/analytics/analytics.ts';
import { describeResult } from '../../src/analytics/describe/describe-result.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { silentLog } from '../../src/log.ts';
import { measureReviews } from '../helpers/analytics-oracle.ts';
import {
  cabinetRows,
  insertCabinet,
  NOW,
  type CabinetRows,
  type ReviewRow,
} from '../helpers/analytics-rows.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

interface Asked {
  rating?: number[];
  rating_below?: number;
  rating_above?: number;
  answered?: boolean;
  matching_size?: ('ok' | 'smaller' | 'bigger')[];
  tag?: string[];
  exclude_tag?: string[];
  color?: string[];
  exclude_color?: string[];
}

const some = <T>(...values: T[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const asked: fc.Arbitrary<Asked> = fc.record(
  {
    rating: some(1, 2, 3, 4, 5),
    rating_below: fc.integer({ min: 1, max: 6 }),
    rating_above: fc.integer({ min: 0, max: 5 }),
    answered: fc.boolean(),
    matching_size: some<'ok' | 'smaller' | 'bigger'>('ok', 'smaller', 'bigger'),
    tag: some('Плохой запах', 'Цвет'),
    exclude_tag: some('Плохой запах', 'Цвет'),
    color: some('белый', 'чёрный'),
    exclude_color: some('белый', 'чёрный'),
  },
  { requiredKeys: [] },
);

function passes(row: ReviewRow, given: Asked): boolean {
  const fit = row.matching_size === 'ок' ? 'ok' : row.matching_size;
  const ticked = row.bables ?? [];
  return (
    (given.rating?.includes(row.rating ?? -1) ?? true) &&
    (given.rating_below === undefined || (row.rating !== null && row.rating < given.rating_below)) &&
    (given.rating_above === undefined || (row.rating !== null && row.rating > given.rating_above)) &&
    (given.answered === undefined || (row.is_answered === true) === given.answered) &&
    (given.matching_size?.some((wanted) => wanted === fit) ?? true) &&
    (given.tag?.some((tag) => ticked.includes(tag)) ?? true) &&
    !(given.exclude_tag?.some((tag) => ticked.includes(tag)) ?? false) &&
    (given.color?.includes(row.color ?? '') ?? true) &&
    !(given.exclude_color?.includes(row.color ?? '') ?? false)
  );
}

describe('reviews', () => {
  let database: TestDatabase;
  let main: Database;
  let analytics: Analytics;
  before(async () => {
    database = await createTestDatabase();
    main = createDatabase({
      variable: 'DATABASE_URL',
      connectionString: database.connectionString,
      maxConnections: 2,
      applicationName: 'analytics reviews test',
      log: silentLog(),
    });
    analytics = createAnalytics({ main });
  });
  after(async () => {
    await main.close();
    await database.drop();
  });

  const ask = (cabinetId: number, name: string, parameters: object): Promise<AnalyticsAnswer> =>
    analytics.run(name, { cabinetId, now: NOW, timeZone: 'Europe/Moscow' }, parameters);

  it('are counted by stars, answers, fit, ticks and colours as plain comparison does', async () => {
    await fc.assert(
      fc.asyncProperty(cabinetRows, asked, async (rows, given) => {
        const cabinetId = await insertCabinet(database.pool, rows);
        const answer = await ask(cabinetId, 'reviews', given);
        const has = (names: string[] | undefined, known: (string | null | undefined)[]) =>
          names === undefined || names.some((name) => known.includes(name));
        const isKnown =
          has(
            given.color,
            rows.reviews.map(({ color }) => color),
          ) &&
          has(
            given.tag,
            rows.reviews.flatMap(({ bables }) => bables ?? []),
          );
        if (!isKnown || rows.reviews.every((row) => row.created_date === null)) {
          assert.deepEqual([answer.data, answer.rows], ['none', []]);
          return;
        }
        const right = measureReviews(rows.reviews.filter((row) => passes(row, given)));
        assert.deepEqual(answer.rows, [right]);
      }),
      { numRuns: 80 },
    );
  });

  it('have themes: what is complained of and praised, each review once a theme, with the share and a quote', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const answer = await ask(cabinetId, 'review_themes', {});
    assert.deepEqual(
      answer.rows.map((row) => [row['kind'], row['theme'], row['reviews'], row['share'], row['review_id']]),
      [
        ['complaint', 'Молния и фурнитура', 2, 33.33, 'R1'],
        ['complaint', 'Запах', 1, 16.67, 'R2'],
        ['complaint', 'Упаковка', 1, 16.67, 'R3'],
        ['praise', 'Внешний вид', 1, 16.67, 'R4'],
        ['praise', 'Удобство', 1, 16.67, 'R3'],
        ['praise', 'Упаковка', 1, 16.67, 'R4'],
      ],
    );
    assert.deepEqual(
      [
        answer.rows[0]?.['quote'],
        answer.rows[0]?.['date'],
        answer.rows[0]?.['stars'],
        answer.rows[0]?.['nm_id'],
      ],
      ['Молния никуда, молнию менять!', '2036-11-19', 1, 1],
    );
    assert.deepEqual(answer.total, { reviews: 6, with_themes: 4 });
    assert.equal(
      describeResult({ ...answer, rows: answer.rows.slice(0, 1) }).replaceAll('\u00a0', ' '),
      'За всё время из 6 отзывов с текстом: жалоба: Молния и фурнитура — 2 отзыва (33,33 %), «Молния никуда, молнию менять!» (оценка 1, 19 ноября 2036); похвал по темам нет.',
    );
  });

  it('have the themes of those that the filters let through', async () => {
    const cabinetId = await insertCabinet(database.pool, SHOP);
    const angry = await ask(cabinetId, 'review_themes', { rating: 1, kind: 'complaint' });
    assert.deepEqual(
      angry.rows.map((row) => [row['theme'], row['reviews'], row['share']]),
      [['Молния и фурнитура', 1, 100]],
    );
    const nobody = await ask(cabinetId, 'review_themes', { brand: 'Тополия' });
    assert.deepEqual([nobody.data, nobody.rows], ['none', []]);
    const none = await ask(cabinetId, 'review_themes', { period: 'today' });
    assert.deepEqual([none.data, none.rows, none.total], ['none', [], null]);
  });
});

const review = (id: string, rating: number, written: Partial<ReviewRow>, nmId = 1): ReviewRow => ({
  ...{ review_id: id, nm_id: nmId, rating, is_answered: false, created_date: '2036-11-19T12:00:00Z' },
  ...{ text: null, pros: null, cons: null },
  ...written,
});

const SHOP: CabinetRows = {
  products: [
    {
      ...{ nm_id: 1, name: 'Куртка', brand: 'Тополея', category: 'Куртки', is_active: true, rating: null },
    },
  ],
  ...{ orders: [], sales: [], stocks: [] },
  reviews: [
    review('R1', 1, { text: 'Ужас. Молния никуда, молнию менять!' }),
    review('R2', 3, { text: 'Неплохо, но молния заедает. Запах химический' }),
    // Four stars: what is only named is neither good nor bad.
    review('R3', 4, { text: 'Доставка. Очень удобная', cons: 'мятая упаковка' }),
    review('R4', 5, { text: 'Красиво, хорошая упаковка, катышков нет, нигде не натирает' }),
    review('R5', 5, { pros: 'Всё', text: ' ' }),
    review('R6', 2, { cons: 'Деньги на ветер' }),
    review('R7', 2, {}),
  ],
};
