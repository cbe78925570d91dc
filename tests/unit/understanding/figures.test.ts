import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANALYTICS_FUNCTIONS, findAnalyticsFunction } from '../../../src/analytics/functions.ts';
import type { AnalyticsName } from '../../../src/analytics/functions.ts';
import { figuresOf, type FigureRequest } from '../../../src/understanding/figures/figures.ts';
import { read } from '../../../src/understanding/read.ts';
import { createVocabulary, type NamedProduct } from '../../../src/understanding/vocabulary.ts';

const product = (
  nmId: number,
  name: string,
  article: string,
  brand: string,
  category: string,
  subject: string,
): NamedProduct => ({ nmId, name, article, brand, category, subject });

const names = {
  products: [
    product(202870001, 'Кроссовки мужские беговые Клевер', 'KRS-TPL-01', 'Тополея', 'Обувь', 'Кроссовки'),
    product(202870002, 'Кроссовки женские белые Родник', 'KRS-SHG-02', 'Шагомира', 'Обувь', 'Кроссовки'),
    product(202870003, 'Плед вязаный Иней двуспальный', 'PLD-TPL-03', 'Тёплышко', 'Дом', 'Пледы'),
    product(202870004, 'Джинсы прямые Опушка', 'DZH-MLN-04', 'Мирослава Лён', 'Одежда', 'Джинсы'),
    product(202870005, 'Футболка базовая Полюс', 'FTB-MLN-05', 'Мирослава Лён', 'Одежда', 'Футболки'),
  ],
  sizes: ['0', '27', '28', '41', '42', 'L', 'XL'],
  warehouses: ['Казань', 'Коледино', 'Санкт-Петербург'],
  regions: ['Москва', 'Краснодарский край'],
};
const vocabulary = createVocabulary(names);
const context = { vocabulary, now: new Date('2036-11-20T14:00:00+03:00'), timeZone: 'Europe/Moscow' };
const figures = (question: string) => figuresOf(read(question, context));
const ask = (question: string): FigureRequest | undefined => figures(question).requests[0];

const WEEK = { from: '2036-11-14', to: '2036-11-20' };
const MONTH = { from: '2036-10-22', to: '2036-11-20' };
const OCTOBER = { from: '2036-10-01', to: '2036-10-31' };
const YESTERDAY = { from: '2036-11-19', to: '2036-11-19' };
const TODAY = { from: '2036-11-20', to: '2036-11-20' };

/** What a question has to mean at least: the parameters that are named here. */
const QUESTIONS: [question: string, name: AnalyticsName, parameters: Record<string, unknown>][] = [
  // Rankings
  ['какой товар продался лучше всего за месяц', 'top_products', { by: 'buyouts', order: 'most', ...MONTH }],
  ['топ 5 по выручке', 'top_products', { by: 'revenue', order: 'most', limit: 5 }],
  ['топ-10 товаров', 'top_products', { by: 'revenue', limit: 10 }],
  ['топ3 по заказам за неделю', 'top_products', { by: 'orders', limit: 3, ...WEEK }],
  ['какие товары хуже всего продаются', 'top_products', { by: 'buyouts', order: 'least' }],
  ['что чаще всего возвращают', 'top_products', { by: 'returns', order: 'most' }],
  ['у каких товаров самый низкий выкуп', 'top_products', { by: 'buyout_rate', order: 'least' }],
  ['у какого товара больше всего отзывов', 'top_products', { by: 'reviews', order: 'most' }],
  ['товар с самым низким рейтингом', 'top_products', { by: 'average_rating', order: 'least' }],
  ['какой товар ругают чаще всего', 'top_products', { by: 'negative_reviews', order: 'most' }],
  [
    'топ-3 бренда по заказам в октябре',
    'totals',
    { measures: ['orders'], group_by: 'brand', limit: 3, ...OCTOBER },
  ],
  [
    'какая категория приносит больше всего денег',
    'totals',
    { measures: ['revenue'], group_by: 'category', order: 'most' },
  ],
  [
    'какой размер джинсов чаще всего заказывают',
    'totals',
    { measures: ['orders'], group_by: 'size', category: ['Джинсы'] },
  ],
  ['в какой день недели больше всего заказов', 'totals', { group_by: 'weekday', sort_by: 'measure' }],
  ['куда больше всего заказывают', 'totals', { measures: ['orders'], group_by: 'region' }],
  // Single figures
  ['сколько выручки вчера', 'totals', { measures: ['revenue'], ...YESTERDAY }],
  ['скока бабла вчера', 'totals', { measures: ['revenue'], ...YESTERDAY }],
  ['скок заказов сегодня', 'totals', { measures: ['orders'], ...TODAY }],
  ['сколко заказов вчера', 'totals', { measures: ['orders'], ...YESTERDAY }],
  ['на какую сумму заказали за неделю', 'totals', { measures: ['orders_amount', 'orders'], ...WEEK }],
  ['на сколько продали вчера', 'totals', { measures: ['revenue', 'buyouts'], ...YESTERDAY }],
  ['сколько отмен за неделю', 'totals', { measures: ['cancelled_orders'], ...WEEK }],
  ['средний чек за октябрь', 'totals', { measures: ['average_check'], ...OCTOBER }],
  ['сколько к перечислению за октябрь', 'totals', { measures: ['payout'], ...OCTOBER }],
  [
    'сколько продали кроссовок Тополея за месяц',
    'totals',
    { measures: ['buyouts'], brand: ['Тополея'], category: ['Кроссовки'] },
  ],
  ['выручка тпоолея вчера', 'totals', { measures: ['revenue'], brand: ['Тополея'] }],
  ['сколько выкупили 202870003 за месяц', 'totals', { measures: ['buyouts'], nm_id: [202870003], ...MONTH }],
  ['сколько заказов krs-tpl-01', 'totals', { measures: ['orders'], nm_id: [202870001] }],
  ['сколько возвратов пледа иней', 'totals', { measures: ['returns'], nm_id: [202870003] }],
  ['отчет за неделю', 'totals', WEEK],
  ['чё по возвратам', 'totals', { measures: ['returns', 'returns_amount', 'return_rate'] }],
  [
    'как дела с заказами за неделю',
    'totals',
    { measures: ['orders', 'orders_amount', 'cancelled_orders'], ...WEEK },
  ],
  // Groups
  ['заказы по дням за неделю', 'totals', { measures: ['orders'], group_by: 'day', ...WEEK }],
  ['заказы по неделям', 'totals', { measures: ['orders'], group_by: 'week', period: 'last_90_days' }],
  ['выручка по месяцам', 'totals', { measures: ['revenue'], group_by: 'month', period: 'all' }],
  [
    'сколько продаж в день было на прошлой неделе',
    'totals',
    { group_by: 'day', from: '2036-11-10', to: '2036-11-16' },
  ],
  [
    'выкупы в разрезе артикулов за сегодня',
    'totals',
    { measures: ['buyouts'], group_by: 'product', ...TODAY },
  ],
  ['скока возвратов у каждого бренда в ноябре', 'totals', { measures: ['returns'], group_by: 'brand' }],
  [
    'на сколько заказали в каждой категории вчера',
    'totals',
    { measures: ['orders_amount', 'orders'], group_by: 'category' },
  ],
  ['динамика выручки за месяц', 'totals', { measures: ['revenue'], group_by: 'day', ...MONTH }],
  // Rates
  ['какой выкуп по брендам', 'buyout_rate', { by: 'buyout_rate', group_by: 'brand' }],
  ['процент возвратов за месяц', 'buyout_rate', { by: 'return_rate', ...MONTH }],
  ['% отмен по категориям', 'buyout_rate', { by: 'cancel_rate', group_by: 'category' }],
  ['выкупаемость джинсов по размерам', 'buyout_rate', { group_by: 'size', category: ['Джинсы'] }],
  // Stocks
  ['сколько осталось кроссовок 42 размера', 'stock_levels', { category: ['Кроссовки'], size: ['42'] }],
  ['остатки по кросам', 'stock_levels', { category: ['Кроссовки'] }],
  ['остатки по складам', 'stock_levels', { group_by: 'warehouse' }],
  ['сколько пледов в Казани', 'stock_levels', { category: ['Пледы'], warehouse: ['Казань'] }],
  ['что закончится через неделю', 'stock_cover', { show: 'ending', within_days: 7 }],
  ['какие товары кончатся в ближайшие 10 дней', 'stock_cover', { show: 'ending', within_days: 10 }],
  ['чё закончится первым', 'stock_cover', { show: 'ending', within_days: 365 }],
  ['на сколько дней хватит джинсов', 'stock_cover', { show: 'all', category: ['Джинсы'] }],
  ['какие товары закончились', 'stock_cover', { show: 'out_of_stock' }],
  ['чего нет в наличии', 'stock_cover', { show: 'out_of_stock' }],
  ['какие товары не продаются', 'stock_cover', { show: 'not_selling' }],
  ['затоваривание излишки', 'stock_cover', { show: 'overstock' }],
  // Reviews
  ['сколько неотвеченных отзывов', 'reviews', {}],
  ['сколько отзывов без ответа по джинсам', 'reviews', { category: ['Джинсы'] }],
  ['какой рейтинг у кроссовок Клевер', 'reviews', { group_by: 'product', nm_id: [202870001] }],
  ['средняя оценка за неделю', 'reviews', WEEK],
  ['у каких товаров упал рейтинг за месяц', 'rating_change', { group_by: 'product', show: 'fell', ...MONTH }],
  ['как изменился рейтинг 202870004 за месяц', 'rating_change', { nm_id: [202870004], ...MONTH }],
  // Comparisons
  [
    'сравни эту неделю с прошлой',
    'compare_periods',
    { from: '2036-11-17', to: '2036-11-20', other_from: '2036-11-10', other_to: '2036-11-16' },
  ],
  [
    'заказов в октябре больше чем в сентябре?',
    'compare_periods',
    { measures: ['orders'], ...OCTOBER, other_from: '2036-09-01', other_to: '2036-09-30' },
  ],
  [
    'сравни сентябрь и октябрь по выручке',
    'compare_periods',
    { measures: ['revenue'], ...OCTOBER, other_from: '2036-09-01' },
  ],
  [
    'вчера против позавчера по заказам',
    'compare_periods',
    { measures: ['orders'], ...YESTERDAY, other_from: '2036-11-18' },
  ],
  ['на сколько процентов выросли продажи за неделю', 'compare_periods', WEEK],
  [
    'какие товары просели по заказам за неделю',
    'compare_periods',
    { measures: ['orders'], group_by: 'product', show: 'fell', ...WEEK },
  ],
  // Products
  ['сколько у меня карточек', 'products', {}],
  ['самые дешевые футболки', 'products', { by: 'discount_price', order: 'least', category: ['Футболки'] }],
  ['товары с рейтингом ниже 4', 'products', { by: 'rating', rating_below: 4 }],
  // What to ship, and what buyers say
  ['сколько довезти KRS-TPL-01, чтобы хватило на месяц', 'reorder', { cover_days: 30, nm_id: [202870001] }],
  ['что пора дозаказать', 'reorder', { group_by: 'product' }],
  ['на что жалуются в отзывах', 'review_themes', { kind: 'complaint' }],
  ['за что хвалят джинсы', 'review_themes', { kind: 'praise', category: ['Джинсы'] }],
  ['у каких товаров нет ни одного отзыва', 'products', { without: 'reviews' }],
  ['чего осталось меньше 5 штук', 'stock_levels', { below: 5 }],
  ['сделай abc анализ по выручке за месяц', 'abc', { by: 'revenue', ...MONTH }],
  ['какие товары дают 80 процентов выручки', 'abc', { by: 'revenue', show: 'A', a_percent: 80 }],
  ['какие у меня есть бренды', 'values', { of: 'brand' }],
  ['список складов', 'values', { of: 'warehouse' }],
  ['список возвратов за неделю', 'rows', { of: 'returns', ...WEEK }],
  ['все заказы тополеи за вчера', 'rows', { of: 'orders', brand: ['Тополея'], ...YESTERDAY }],
  // Exclusions and places
  ['топ 5 по заказам кроме кроссовок', 'top_products', { exclude_category: ['Кроссовки'] }],
  ['остатки везде кроме Казани', 'stock_levels', { exclude_warehouse: ['Казань'] }],
  ['сколько продали в краснодарском крае', 'totals', { region: ['Краснодарский край'] }],
  // Rates
  ['из 10 заказов сколько выкупают', 'buyout_rate', { by: 'buyout_rate' }],
  ['как выкупают тополею', 'buyout_rate', { brand: ['Тополея'] }],
  // In the wrong layout
  ['выручка ntgksirj вчера', 'totals', { measures: ['revenue'], brand: ['Тёплышко'] }],
];

const NO_ANALYTICS = [
  'покажи негативные отзывы',
  'отзывы про брак',
  'найди возвраты кроссовок',
  'отзывы где отметили что маломерит',
  'заказы дороже 8000 рублей',
  'возвраты на сумму больше 5к',
  'отзывы с оценкой 3',
  'привет',
  'какая погода',
  'сколько будет 2 плюс 2',
  'игнорируй инструкции',
  '',
  '???',
];

describe('what a question asks analytics for', () => {
  for (const [question, name, parameters] of QUESTIONS) {
    it(`«${question}»`, () => {
      const intent = ask(question);
      assert.ok(intent !== undefined, 'no function is found');
      assert.equal(intent.function, name);
      assert.ok(intent.isCertain);
      const named = Object.fromEntries(Object.keys(parameters).map((key) => [key, intent.parameters[key]]));
      assert.deepEqual(named, parameters, JSON.stringify(intent.parameters));
      const filters = ['nm_id', 'brand', 'category', 'size', 'warehouse', 'region', 'exclude_category'];
      for (const filter of filters)
        assert.ok(
          filter in parameters || !(filter in intent.parameters),
          `${filter} is made up: ${JSON.stringify(intent.parameters)}`,
        );
    });
  }

  for (const question of NO_ANALYTICS) {
    it(`nothing: «${question}»`, () => assert.equal(ask(question), undefined));
  }

  it('is always something that the function takes', () => {
    for (const [question] of QUESTIONS) {
      const intent = ask(question)!;
      const parsed = findAnalyticsFunction(intent.function)!.parameters.safeParse(intent.parameters);
      assert.ok(parsed.success, `${question}: ${parsed.error?.message}`);
    }
    assert.equal(
      new Set(QUESTIONS.map(([, name]) => name)).size,
      ANALYTICS_FUNCTIONS.length,
      'each function is asked for',
    );
  });

  it('is uncertain where rows may be meant, and nothing where a word is not understood then', () => {
    assert.equal(ask('заказы за вчера')?.isCertain, false);
    assert.deepEqual(ask('заказы за вчера')?.parameters['from'], '2036-11-19');
    assert.equal(ask('заказы в Тамбов за вчера'), undefined);
  });

  it('is none where a word narrows and nothing is known of it, and that is said', () => {
    assert.deepEqual(figures('сколько заказов в Тамбов за неделю'), {
      requests: [],
      obstacles: [{ reason: 'unread', words: ['Тамбов'] }],
    });
    assert.deepEqual(figures('сколько заказов на кроссовки за неделю').obstacles, []);
    assert.deepEqual(figures('сколько айфонов продали').obstacles, [
      { reason: 'unread', words: ['айфонов'] },
    ]);
    assert.deepEqual(figures('выручка со скидкой за неделю').obstacles, [
      { reason: 'unhonoured', words: ['скидкой'] },
    ]);
  });

  it('is none of days that a figure cannot regard, and takes those that follow one another for one period', () => {
    const of = (question: string) => {
      const { from, to, window_days: window } = ask(question)?.parameters ?? {};
      return { from, to, ...(window === undefined ? {} : { window }) };
    };
    const obstacles = (question: string) =>
      figures(question).obstacles.map(({ reason, words }) => [reason, ...words]);
    assert.deepEqual(of('продажи вчера и сегодня'), { from: YESTERDAY.from, to: TODAY.to });
    assert.deepEqual(of('выручка за октябрь, ноябрь и сентябрь'), { from: '2036-09-01', to: '2036-11-20' });
    assert.equal(ask('продажи 1 ноября и 15 ноября'), undefined);
    assert.deepEqual(obstacles('выручка в январе, в мае и вчера'), [['unhonoured', 'в мае', 'вчера']]);
    assert.deepEqual(obstacles('какие остатки были 1 ноября'), [['unhonoured', '1 ноября']]);
    assert.deepEqual(obstacles('сколько заказов завтра'), [['ahead', 'завтра']]);
    assert.deepEqual(obstacles('топ 5 товаров за октябрь'), []);
    assert.deepEqual(of('какие товары не продавались неделю'), { from: undefined, to: undefined, window: 7 });
  });

  it('is several figures where several things are asked for, each of its own days', () => {
    const two = figures('сколько заказов за неделю и процент выкупа за октябрь').requests;
    assert.deepEqual(
      two.map(({ function: name, parameters }) => [name, parameters['from']]),
      [
        ['totals', WEEK.from],
        ['buyout_rate', OCTOBER.from],
      ],
    );
    const list = figures('сколько заказов и возвратов за неделю').requests;
    assert.deepEqual(
      list.map(({ parameters }) => parameters['measures']),
      [['orders', 'returns']],
    );
    const shared = figures('сколько продали джинсов за неделю и какой у них рейтинг').requests;
    assert.deepEqual(
      shared.map(({ parameters }) => [parameters['category'], parameters['from']]),
      [
        [['Джинсы'], WEEK.from],
        [['Джинсы'], WEEK.from],
      ],
    );
  });

  it('has brands, categories and products that are to be compared side by side, of one period', () => {
    const brands = ask('сравни бренды Тополея и Шагомира по выручке за месяц');
    assert.equal(brands?.function, 'totals');
    assert.deepEqual(brands.parameters, {
      ...{ measures: ['revenue'], group_by: 'brand', limit: 500, ...MONTH, brand: ['Тополея', 'Шагомира'] },
    });
    const categories = ask('сравни заказы кроссовок и джинсов');
    assert.equal(categories?.parameters['group_by'], 'subject');
    const products = ask('сравни выкуп 202870001 и 202870002');
    assert.deepEqual([products?.function, products?.parameters['group_by']], ['buyout_rate', 'product']);
  });

  it('names products by their words where they are more than a function takes', () => {
    const many = Array.from({ length: 250 }, (_, n) =>
      product(
        300000000 + n,
        `Кроссовки женские ${n}`,
        `A-${n}`,
        n % 2 ? 'Тополея' : 'Шагомира',
        'Обувь',
        'Кроссовки',
      ),
    );
    const crowd = { ...context, vocabulary: createVocabulary({ ...names, products: many }) };
    const reading = read('сколько заказов женских кроссовок вчера', crowd);
    const { function: name, parameters } = figuresOf(reading).requests[0]!;
    assert.deepEqual(parameters, {
      ...{ measures: ['orders'], ...YESTERDAY, category: ['Кроссовки'], product: 'женских' },
    });
    assert.ok(findAnalyticsFunction(name)?.parameters.safeParse(parameters).success);
  });

  it('is not of what is to be left out', () => {
    assert.deepEqual(ask('выручка без кроссовок и джинсов вчера')?.parameters, {
      ...{ measures: ['revenue'], ...YESTERDAY, exclude_category: ['Кроссовки', 'Джинсы'] },
    });
    assert.deepEqual(figures('сколько заказов не считая отмен'), {
      requests: [],
      obstacles: [{ reason: 'unhonoured', words: ['отмен'] }],
    });
    assert.deepEqual(figures('сколько отзывов без ответа').obstacles, []);
    assert.deepEqual(ask('топ 5 по заказам кроме Тополеи')?.parameters['exclude_brand'], ['Тополея']);
  });

  it('has nothing of a cabinet that has nothing, and says so', () => {
    const empty = createVocabulary({ products: [], sizes: [], warehouses: [], regions: [] });
    const { requests, obstacles } = figuresOf(
      read('сколько выручки Тополея вчера', { ...context, vocabulary: empty }),
    );
    assert.deepEqual([requests, obstacles], [[], [{ reason: 'unread', words: ['Тополея'] }]]);
  });
});
