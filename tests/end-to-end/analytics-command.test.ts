import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { ANALYTICS_FUNCTIONS } from '../../src/analytics/functions.ts';
import { insertCabinet } from '../helpers/analytics-rows.ts';
import { runInSession } from '../helpers/program-session.ts';
import { emptyDirectory } from '../helpers/run-program.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';

describe('`wb-assist analytics`', () => {
  let database: TestDatabase;
  let cabinetId: number;
  before(async () => {
    database = await createTestDatabase();
    cabinetId = await insertCabinet(database.pool, {
      products: [],
      orders: [],
      reviews: [],
      sales: ['1990', '10.50'].map((amount, place) => ({
        ...{
          sale_id: `S${place}`,
          nm_id: 148001001 + place,
          brand: 'Тополея',
          category: 'Обувь',
          size: null,
        },
        ...{ amount, for_pay: null, sale_date: '2036-11-10T12:00:00Z', type: 'buyout', is_cancel: null },
      })),
      stocks: [],
    });
  });
  after(() => database.drop());

  const run = async (t: TestContext, ...parameters: string[]) =>
    runInSession(['analytics', ...parameters], {
      cwd: await emptyDirectory(t),
      env: { DATABASE_URL: database.connectionString },
    });
  const PERIOD = ['--from', '2036-11-01', '--to', '2036-11-15'];

  it('prints a sentence and a table', async (t) => {
    const { code, stdout, stderr } = await run(
      t,
      String(cabinetId),
      'top-products',
      '--by',
      'revenue',
      ...PERIOD,
    );
    assert.deepEqual([code, stderr], [0, '']);
    // The real clock is long before these sales: the period has not come yet.
    assert.match(stdout, /^С 1 по 15 ноября 2036 данных нет\. Этот период ещё не наступил\.\n$/);
    const all = await run(t, String(cabinetId), 'top_products', '--period', 'all');
    const lines = all.stdout.replaceAll('\u00a0', ' ').split('\n');
    assert.match(
      lines[0] ?? '',
      /^За всё время на первом месте по выручке «Обувь Тополея» \(148001001\) — 1 990 ₽\. Дальше: «Обувь Тополея» \(148001002\) — 10,50 ₽\.$/,
    );
    assert.match(lines[2] ?? '', /^№ {2}Артикул WB {2}Товар .* Выручка/);
    assert.match(lines[4] ?? '', /^1 {2}148001001 .* 1 990 ₽ /);
  });

  it('prints JSON with the names of the HTTP API', async (t) => {
    const { code, stdout } = await run(
      ...([
        t,
        String(cabinetId),
        'totals',
        '--period',
        'all',
        '--measures',
        'revenue,buyouts',
        '--json',
      ] as const),
    );
    assert.equal(code, 0);
    const answer = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(answer['rows'], [{ revenue: '2000.50', buyouts: 2 }]);
    assert.equal(answer['cabinet_id'], cabinetId);
  });

  it('takes one dimension and several, and one name and several', async (t) => {
    for (const parameters of [
      ['--group-by', 'product'],
      ['--group-by', 'product,size,warehouse', '--below', '5'],
      ['--group-by', 'none', '--brand', 'Тополея', '--exclude-size', '42', '--exclude-size', '43'],
    ]) {
      const { code, stderr } = await run(t, String(cabinetId), 'stock-levels', ...parameters);
      assert.deepEqual([code, stderr], [0, ''], parameters.join(' '));
    }
  });

  it('lists every function with its parameters', async (t) => {
    for (const parameters of [[], ['--help'], ['1', 'totals', '--help']]) {
      const { code, stdout } = await run(t, ...parameters);
      assert.equal(code, 0);
      for (const { name, title } of ANALYTICS_FUNCTIONS)
        assert.ok(stdout.includes(`${name}  ${title}`), name);
      assert.match(stdout, /--within-days <number> \(default: 14\)/);
    }
  });

  it('says what is wrong and exits with 1', async (t) => {
    for (const [parameters, reason] of [
      [['x', 'totals'], /not the id of a cabinet/],
      [['1', 'profits'], /no such analytics function/],
      [[String(cabinetId), 'totals', '--sql', 'x'], /--sql/],
      [[String(cabinetId), 'totals', '--limit', 'many'], /limit/],
      [[String(cabinetId), 'totals', '--from', '2036-02-30'], /from must be a day that exists/],
      [['999999', 'totals'], /cabinet_not_found/],
    ] as const) {
      const { code, stderr } = await run(t, ...parameters);
      assert.equal(code, 1);
      assert.match(stderr, reason);
    }
  });
});
