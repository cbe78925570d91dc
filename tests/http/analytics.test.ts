import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ANALYTICS_FUNCTIONS } from '../../src/analytics/functions.ts';
import { parseParameters } from '../../src/analytics/analytics.ts';
import { toolsOf } from '../../src/analytics/tools.ts';
import { insertCabinet, NOW, type CabinetRows } from '../helpers/analytics-rows.ts';
import { fieldsOf, startTestApi, type TestApi } from './harness.ts';

const sale = (id: string, amount: string, at: string, type = 'buyout'): CabinetRows['sales'][number] => ({
  ...{ sale_id: id, nm_id: 148001001, brand: 'Тополея', category: 'Обувь', size: '42' },
  ...{ amount, for_pay: null, sale_date: at, type, is_cancel: null },
});

const ROWS: CabinetRows = {
  products: [
    {
      nm_id: 148001001,
      name: 'Кроссовки Роща',
      brand: 'Тополея',
      category: 'Кроссовки',
      is_active: true,
      rating: '4.7',
    },
  ],
  orders: [],
  sales: [
    // 23:30 on the 19th in Moscow, and half an hour later: the 20th.
    sale('S1', '1990.10', '2036-11-19T20:30:00Z'),
    sale('S2', '0.20', '2036-11-19T20:59:59.999Z'),
    sale('S3', '5000', '2036-11-19T21:00:00Z'),
    sale('R1', '-90.30', '2036-11-19T10:00:00Z', 'return'),
  ],
  reviews: [],
  stocks: [
    {
      ...{ nm_id: 148001001, size: '42', warehouse_name: 'Казань', quantity: 21, quantity_full: 21 },
      ...{ price: '1000', discount: '25' },
    },
  ],
};

interface Answer {
  parameters: Record<string, unknown>;
  columns: { name: string; unit: string }[];
  rows: Record<string, unknown>[];
  data: string;
  note: string | null;
  text: string;
}

describe('POST /v1/analytics/{function}', () => {
  let api: TestApi;
  let cabinetId: number;
  before(async () => {
    api = await startTestApi({ now: NOW });
    cabinetId = await insertCabinet(api.database.pool, ROWS);
  });
  after(() => api.stop());

  const ask = (name: string, body: Record<string, unknown> = {}) =>
    api.request('POST', `/v1/analytics/${name}`, { body: { cabinet_id: cabinetId, ...body } });

  it('answers with the figures, the parameters as understood, and a sentence', async () => {
    const answer = await ask('totals', { measures: ['revenue', 'buyouts'], period: 'yesterday' });
    assert.equal(answer.status, 200);
    const {
      status,
      cabinet_id: id,
      ...rest
    } = answer.json as Answer & { status: string; cabinet_id: number };
    assert.deepEqual([status, id], ['success', cabinetId]);
    assert.deepEqual(rest, {
      function: 'totals',
      parameters: {
        measures: ['revenue', 'buyouts'],
        group_by: 'none',
        from: '2036-11-19',
        to: '2036-11-19',
      },
      columns: [
        { name: 'revenue', unit: 'RUB', label: 'Выручка' },
        { name: 'buyouts', unit: 'count', label: 'Выкупы' },
      ],
      rows: [{ revenue: '1900.00', buyouts: 2 }],
      total: { revenue: '1900.00', buyouts: 2 },
      data: 'complete',
      found: 1,
      unknown: [],
      note: null,
      text: 'За 19 ноября 2036: выручка 1\u00a0900\u00a0₽, 2\u00a0выкупа.',
    });
  });

  it('gives back parameters that ask for the same', async () => {
    for (const { name } of ANALYTICS_FUNCTIONS) {
      // A list of the values that there are takes no filter.
      const first = (await ask(name, name === 'values' ? {} : { brand: 'тополея' })).json as Answer;
      const again = (await ask(name, first.parameters)).json as Answer;
      assert.deepEqual(again, first, name);
      for (const row of first.rows)
        for (const { name: column } of first.columns) assert.ok(column in row, `${name} ${column}`);
    }
  });

  it('says that nothing is known, which is something else than nothing sold', async () => {
    const quiet = (await ask('totals', { measures: ['returns'], brand: 'Тополея', period: 'today' }))
      .json as Answer;
    assert.deepEqual([quiet.data, quiet.rows], ['complete', [{ returns: 0 }]]);
    const nobody = (await ask('totals', { measures: ['revenue'], brand: 'Тополия', period: 'today' }))
      .json as Answer & { unknown: unknown };
    assert.deepEqual([nobody.data, nobody.rows], ['none', []]);
    assert.deepEqual(nobody.unknown, [{ parameter: 'brand', value: 'Тополия', nearest: ['Тополея'] }]);
    assert.equal(nobody.text, 'Бренда «Тополия» в кабинете нет. Похоже на: «Тополея».');
    const unknown = (await ask('totals', { from: '2035-01-01', to: '2035-01-31' })).json as Answer;
    assert.deepEqual([unknown.data, unknown.rows], ['none', []]);
    assert.match(unknown.text, /^За январь 2035 данных нет/);
    const rate = (await ask('buyout_rate')).json as Answer;
    assert.equal(rate.rows[0]?.['buyout_rate'], null);
  });

  it('says stocks and covers in words with the right endings', async () => {
    const levels = (await ask('stock_levels', { product: 'кроссовок роща' })).json as Answer;
    assert.match(levels.text.replaceAll('\u00a0', ' '), /21 штука, на сумму 15 750 ₽/);
    const cover = (await ask('stock_cover')).json as Answer;
    assert.match(
      cover.text.replaceAll('\u00a0', ' '),
      /«Кроссовки Роща» \(148001001\) — 21 штука, заказов нет/,
    );
  });

  const REFUSED: [what: string, name: string, body: Record<string, unknown>, fields: string[]][] = [
    ['no cabinet', 'totals', { cabinet_id: undefined }, ['cabinet_id']],
    ['an unknown parameter', 'totals', { sql: 'select 1' }, ['sql']],
    ['an unknown measure', 'totals', { measures: ['profit'] }, ['measures.0']],
    ['a day that does not exist', 'totals', { from: '2036-02-30' }, ['from']],
    ['a period that ends before it begins', 'totals', { from: '2036-02-03', to: '2036-02-01' }, ['to']],
    ['two ways to say a period', 'totals', { from: '2036-02-03', period: 'today' }, ['period']],
    ['reviews by warehouse', 'totals', { measures: ['reviews'], group_by: 'warehouse' }, ['group_by']],
    [
      'a day in each of 200 years',
      'totals',
      { group_by: 'day', from: '1900-01-01', to: '2036-11-20' },
      ['group_by'],
    ],
    ['a comparison of all time', 'compare_periods', { period: 'all' }, ['period']],
    ['a limit of 0', 'top_products', { limit: 0 }, ['limit']],
    ['a NUL in a brand', 'totals', { brand: 'а\0' }, ['brand']],
  ];
  for (const [what, name, body, fields] of REFUSED) {
    it(`refuses ${what}, naming the field`, async () => {
      const answer = await ask(name, body);
      assert.equal(answer.status, 422, answer.text);
      assert.deepEqual(fieldsOf(answer), fields);
    });
  }

  it('answers 404 for an unknown function and an unknown cabinet', async () => {
    const unknown = await ask('drop_tables');
    assert.equal(unknown.status, 404);
    assert.equal((unknown.json as { code: string }).code, 'analytics_function_not_found');
    assert.equal((await ask('constructor')).status, 404);
    assert.equal((await ask('totals', { cabinet_id: 999_999 })).status, 404);
  });

  it('takes what stands in a parameter for text, whatever it is', async () => {
    const hostile = `'; drop table wb_orders; --`;
    for (const { name } of ANALYTICS_FUNCTIONS) {
      const answer = await ask(name, { brand: hostile, category: hostile, product: hostile });
      // A list of the values that there are knows no filter, and says so.
      assert.equal(answer.status, name === 'values' ? 422 : 200, answer.text);
    }
    const { rows } = await api.database.pool.query('select count(*)::int as n from wb_sales');
    assert.deepEqual(rows, [{ n: 4 }]);
  });

  it('lists the functions with schemas that a model can be given as tools', async () => {
    const answer = await api.request('GET', '/v1/analytics');
    assert.equal(answer.status, 200);
    const { functions } = answer.json as { functions: { name: string; parameters: { type: string } }[] };
    assert.deepEqual(
      functions.map(({ name }) => name),
      ANALYTICS_FUNCTIONS.map(({ name }) => name),
    );
    const tools = toolsOf(ANALYTICS_FUNCTIONS);
    for (const [place, tool] of tools.entries()) {
      assert.match(tool.function.name, /^[a-zA-Z0-9_-]{1,64}$/);
      assert.ok(tool.function.description.length < 1024);
      assert.deepEqual(tool.function.parameters, functions[place]?.parameters);
      const schema = tool.function.parameters as {
        type: string;
        required?: string[];
        additionalProperties: boolean;
      };
      assert.deepEqual(
        [schema.type, schema.required, schema.additionalProperties],
        ['object', undefined, false],
      );
    }
  });

  it('can be asked with nothing but defaults', () => {
    for (const definition of ANALYTICS_FUNCTIONS) assert.ok(parseParameters(definition, {}) !== undefined);
  });

  it('runs in a transaction that cannot write and has a time limit', async () => {
    const { createAnalytics } = await import('../../src/analytics/analytics.ts');
    const seen: unknown[] = [];
    const main = {
      ...api.main,
      transaction: <T>(work: (client: never) => Promise<T>) =>
        api.main.transaction(async (client) => {
          const result = await work(client as never);
          const { rows } = await client.query(
            `select current_setting('transaction_read_only') as read_only, current_setting('transaction_isolation') as isolation,
                    current_setting('statement_timeout') as statement_timeout`,
          );
          seen.push(rows[0]);
          return result;
        }),
    };
    await createAnalytics({ main }).run('totals', { cabinetId, now: NOW, timeZone: 'Europe/Moscow' }, {});
    assert.deepEqual(seen, [{ read_only: 'on', isolation: 'repeatable read', statement_timeout: '15s' }]);
    const { rows } = await api.main.pool.query(
      `select current_setting('transaction_read_only') as read_only`,
    );
    assert.deepEqual(rows, [{ read_only: 'off' }]);
  });
});
