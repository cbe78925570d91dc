/**
 * A third of the questions, of every kind: what was kept out of the tuning. Nobody who works on search or analytics reads
 * this file or tries these questions, and `--failures` never shows them; else their figures say nothing.
 *
 * Written together with tuning.ts, before anything was tuned. Names and numbers come from the data (`given`), right answers
 * from SQL over the same rows (`relevant`, `expected`).
 */
import { daysOfCover, product, sum, value } from './given.ts';
import {
  BUYOUT_RATE,
  BUYOUTS,
  ORDERS,
  ORDERS_AMOUNT,
  AVERAGE_RATING,
  RETURN_RATE,
  RETURNS,
  REVENUE,
} from './measures.ts';
import type { AnalyticsQuestion, QuestionSet, RetrievalQuestion } from './question.ts';
import { rowsOf, rowsOfAll } from './views.ts';

const sameNm = 'x.nm_id = g.nm_id';
const sameName = "x.name ilike g.thing || '%' and x.name like '%' || g.model || '%'";
const isReturn = "x.type = 'return'";
const isBuyout = "x.type = 'buyout'";

const retrieval: readonly RetrievalQuestion[] = [
  // Product numbers
  {
    kind: 'product-number',
    text: 'что с {nm_id}?',
    given: product(7),
    relevant: rowsOfAll(sameNm),
  },
  {
    kind: 'product-number',
    text: 'заказы товара {nm_id}',
    given: product(10, 'orders'),
    relevant: [rowsOf('orders', sameNm)],
  },
  {
    kind: 'product-number',
    text: 'арт. {nm_id} сколько на складах',
    given: product(8, 'stocks'),
    relevant: [rowsOf('stocks', sameNm)],
  },

  // The seller's own article
  {
    kind: 'article',
    text: 'покажи {code}',
    given: product(6),
    relevant: [
      rowsOf('products', 'x.vendor_code = g.vendor_code'),
      rowsOf('orders', 'x.article = g.vendor_code'),
      rowsOf('stocks', 'x.article = g.vendor_code'),
    ],
  },
  {
    kind: 'article',
    text: 'где лежит {vendor_code}',
    given: product(9, 'stocks'),
    relevant: [rowsOf('stocks', 'x.article = g.vendor_code')],
  },

  // Names of products
  {
    kind: 'product-name',
    text: '{said} {thing}',
    given: product(7),
    relevant: rowsOfAll(sameName),
  },
  {
    kind: 'product-name',
    text: 'отзывы {thing_swap} {said}',
    given: product(5, 'reviews'),
    relevant: [rowsOf('reviews', sameName)],
  },
  {
    kind: 'product-name',
    text: 'хочу посмотреть продажи {name}',
    given: product(9, 'sales'),
    relevant: [rowsOf('sales', 'x.name = g.name')],
  },

  // Orders
  {
    kind: 'order',
    text: 'отказы по платьям, кто отменил заказ',
    relevant: [rowsOf('orders', "x.status = 'cancelled' and x.subject = 'Платья'")],
  },
  {
    kind: 'order',
    text: 'заказики на кроссовки в {warehouse_to}',
    given: value(1, 'orders', 'warehouse_to', "subject = 'Кроссовки'"),
    relevant: [rowsOf('orders', "x.subject = 'Кроссовки' and x.warehouse_to = g.warehouse_to")],
  },

  // Sales
  {
    kind: 'sale',
    text: 'прадажи курток',
    relevant: [rowsOf('sales', "x.subject = 'Куртки'")],
  },
  {
    kind: 'sale',
    text: 'какие рюкзаки выкуплены',
    relevant: [
      rowsOf('sales', `${isBuyout} and x.subject = 'Рюкзаки'`),
      rowsOf('orders', "x.status = 'bought' and x.subject = 'Рюкзаки'"),
    ],
  },

  // Returns
  {
    kind: 'return',
    text: 'возвратики по футболкам',
    relevant: [
      rowsOf('sales', `${isReturn} and x.subject = 'Футболки'`),
      rowsOf('orders', "x.status = 'returned' and x.subject = 'Футболки'"),
    ],
  },
  {
    kind: 'return',
    text: 'djpdhfns',
    relevant: [rowsOf('sales', isReturn), rowsOf('orders', "x.status = 'returned'")],
  },

  // Stocks
  {
    kind: 'stock',
    text: 'чё по остаткам худи',
    relevant: [rowsOf('stocks', "x.category = 'Худи'")],
  },
  {
    kind: 'stock',
    text: 'какие джинсы возвращаются на склад, едут от клиента',
    relevant: [rowsOf('stocks', "x.category = 'Джинсы' and x.in_way_from_client > 0")],
  },

  // Products
  {
    kind: 'product',
    text: 'какие у нас есть коврики и леггинсы, покажи товары',
    relevant: [rowsOf('products', "x.category in ('Коврики для йоги', 'Леггинсы спортивные')")],
  },
  {
    kind: 'product',
    text: 'сколько стоят наши пледы',
    relevant: [rowsOf('products', "x.category = 'Пледы'")],
  },

  // Reviews
  {
    kind: 'review',
    text: 'чё пишут про пледы',
    relevant: [rowsOf('reviews', "x.name ilike 'плед%'")],
  },
  {
    kind: 'review',
    text: 'где покупатели написали что большемерит',
    relevant: [rowsOf('reviews', "x.matching_size = 'bigger' or x.said ~* '(большемер|велико)'")],
  },

  // Warehouses
  {
    kind: 'warehouse',
    text: '{said} склад, чё там есть',
    given: value(8, 'stocks', 'warehouse_name'),
    relevant: [rowsOf('stocks', 'x.warehouse_name = g.warehouse_name')],
  },
  {
    kind: 'warehouse',
    text: 'кроссовки, склад {warehouse_name}',
    given: value(2, 'stocks', 'warehouse_name', "category = 'Кроссовки'"),
    relevant: [rowsOf('stocks', "x.warehouse_name = g.warehouse_name and x.category = 'Кроссовки'")],
  },

  // Periods
  {
    kind: 'period',
    text: 'выкупы вчерашние',
    relevant: [rowsOf('sales', `x.age = 1 and ${isBuyout}`)],
  },
  {
    kind: 'period',
    text: 'заказы 5 ноября',
    relevant: [rowsOf('orders', "x.day = '2036-11-05'")],
  },
  {
    kind: 'period',
    text: 'возвраты за сентябрь',
    relevant: [rowsOf('sales', `${isReturn} and x.day between '2036-09-01' and '2036-09-30'`)],
  },

  // Sizes
  {
    kind: 'size',
    text: 'заказы ботинок {size}-го размера',
    given: value(1, 'orders', 'size', "subject = 'Ботинки'"),
    relevant: [rowsOf('orders', "x.subject = 'Ботинки' and x.size = g.size")],
  },
  {
    kind: 'size',
    text: 'остатки худи 3xl',
    relevant: [rowsOf('stocks', "x.category = 'Худи' and x.size = '3XL'")],
  },

  // Brands
  {
    kind: 'brand',
    text: 'продажи {gap}',
    given: value(6, 'sales', 'brand'),
    relevant: [rowsOf('sales', 'x.brand = g.brand')],
  },
  {
    kind: 'brand',
    text: 'что с остатками у {brand}',
    given: value(7, 'stocks', 'brand'),
    relevant: [rowsOf('stocks', 'x.brand = g.brand')],
  },

  // Categories
  {
    kind: 'category',
    text: 'что заказывают из красоты',
    relevant: [rowsOf('orders', "x.category = 'Красота'")],
  },
  {
    kind: 'category',
    text: 'заказы товаров для дома',
    relevant: [rowsOf('orders', "x.category = 'Дом'")],
  },

  // Ratings
  {
    kind: 'rating',
    text: 'единицы и двойки за платья',
    relevant: [rowsOf('reviews', "x.rating <= 2 and x.name ilike 'платье%'")],
  },
  {
    kind: 'rating',
    text: 'отзывы на 4 звезды',
    relevant: [rowsOf('reviews', 'x.rating = 4')],
  },

  // States of stocks
  {
    kind: 'stock-state',
    text: 'мало осталось каких джинсов',
    relevant: [rowsOf('stocks', "x.quantity <= 20 and x.category = 'Джинсы'")],
  },
  {
    kind: 'stock-state',
    text: 'заканчиваются куртки, нужно пополнить',
    relevant: [rowsOf('stocks', "x.quantity <= 5 and x.category = 'Куртки'")],
  },

  // Amounts
  {
    kind: 'amount',
    text: 'заказы до {sum}р',
    given: sum(0.03, 'orders', 'total_price'),
    relevant: [rowsOf('orders', 'x.total_price <= g.sum')],
  },
  {
    kind: 'amount',
    text: 'дорогие товары, больше 8000 р',
    relevant: [rowsOf('products', 'x.discount_price > 8000 or x.price > 8000')],
  },

  // What reviews say, in other words than theirs
  {
    kind: 'review-content',
    text: 'швы кривые нитки торчат',
    relevant: [
      rowsOf(
        'reviews',
        "x.text ~* '(швы расходятся|нитки торчат|шов лопнул|дыркой на шве|швы кривые|шов разош|лопнула по шву)' or (x.rating <= 4 and x.cons ~* 'шв')",
      ),
    ],
  },
  {
    kind: 'review-content',
    text: 'колючая ткань, синтетика',
    relevant: [rowsOf('reviews', "x.text ~* '(материал колется|синтетика)'")],
  },
  {
    kind: 'review-content',
    text: 'нашли открыточку от нас, понравилось',
    relevant: [rowsOf('reviews', "x.text ~* 'открытка от продавца'")],
  },
  {
    kind: 'review-content',
    text: 'цена сразу подешевела, покупателю обидно',
    relevant: [rowsOf('reviews', "x.text ~* 'цена упала на треть'")],
  },
  {
    kind: 'review-content',
    text: 'прислали ношеную вещь, уже вскрытую',
    relevant: [rowsOf('reviews', "x.text ~* 'кто-то уже носил'")],
  },
  {
    kind: 'review-content',
    text: 'рукава коротковаты, сидит криво',
    relevant: [rowsOf('reviews', "x.text ~* '(крой странный|сидит криво)' or x.cons ~* 'крой'")],
  },

  // Several things at once
  {
    kind: 'combination',
    text: 'плохие отзывы по футболкам за ноябрь',
    relevant: [rowsOf('reviews', "x.rating <= 2 and x.name ilike 'футболка%' and x.day >= '2036-11-01'")],
  },
  {
    kind: 'combination',
    text: 'заказы {brand} в Москву за неделю',
    given: value(1, 'orders', 'brand', "warehouse_to = 'Москва' and age between 0 and 6"),
    relevant: [rowsOf('orders', "x.brand = g.brand and x.warehouse_to = 'Москва' and x.age between 0 and 6")],
  },
  {
    kind: 'combination',
    text: '{code} продажи с 1 по 10 ноября',
    given: product(2, 'sales', "x.day between '2036-11-01' and '2036-11-10'"),
    relevant: [rowsOf('sales', "x.article = g.vendor_code and x.day between '2036-11-01' and '2036-11-10'")],
  },
  {
    kind: 'combination',
    text: 'джинсы размера {size} заканчиваются на складе {warehouse_name}',
    given: `select size, warehouse_name from stocks where category = 'Джинсы' and quantity <= 5
      group by size, warehouse_name order by count(*) desc, size, warehouse_name limit 1`,
    relevant: [
      rowsOf(
        'stocks',
        "x.category = 'Джинсы' and x.quantity <= 5 and x.size = g.size and x.warehouse_name = g.warehouse_name",
      ),
    ],
  },
  {
    kind: 'combination',
    text: 'Будьте добры, возвраты {nm_id} за последние два месяца',
    given: product(1, 'sales', "x.type = 'return' and x.age between 0 and 59"),
    relevant: [rowsOf('sales', `${sameNm} and ${isReturn} and x.age between 0 and 59`)],
  },
];

const analytics: readonly AnalyticsQuestion[] = [
  // What is best and worst
  {
    kind: 'top',
    text: 'лидеры продаж за неделю, топ 3',
    expected: `select x.nm_id::text as key, ${BUYOUTS} as buyouts from sales x where x.age between 0 and 6 and ${isBuyout}
      group by x.nm_id order by buyouts desc`,
    top: { exactly: 3 },
  },
  {
    kind: 'top',
    text: 'на каком товаре мы больше всего заработали в октябре',
    expected: `select x.nm_id::text as key, ${REVENUE} as revenue from sales x
      where x.day between '2036-10-01' and '2036-10-31' group by x.nm_id order by revenue desc`,
    top: { first: 1 },
  },

  // Sums and counts
  {
    kind: 'total',
    text: 'скоко продали за вчера штук',
    expected: `select ${BUYOUTS} as buyouts from sales x where x.age = 1`,
  },
  {
    kind: 'total',
    text: 'какая выручка за прошлый месяц?',
    expected: `select ${REVENUE} as revenue from sales x where x.day between '2036-10-01' and '2036-10-31'`,
  },
  {
    kind: 'total',
    text: 'сколько заказов {brand} за 10 дней',
    given: value(3, 'orders', 'brand', 'age between 0 and 9'),
    expected: `select ${ORDERS} as orders from orders x, given g where x.brand = g.brand and x.age between 0 and 9`,
  },

  // By day
  {
    kind: 'by-day',
    text: 'динамика заказов по дням с 10 по 16 ноября',
    expected: `select x.day::text as key, ${ORDERS} as orders from orders x
      where x.day between '2036-11-10' and '2036-11-16' group by x.day`,
  },
  {
    kind: 'by-day',
    text: 'покажи выручку за каждый день этой недели',
    expected: `select x.day::text as key, ${REVENUE} as revenue from sales x where x.day >= '2036-11-17' group by x.day`,
  },

  // By product
  {
    kind: 'by-product',
    text: 'сколько возвратов по каждому товару в ноябре',
    expected: `select x.nm_id::text as key, ${RETURNS} as returns from sales x
      where ${isReturn} and x.day >= '2036-11-01' group by x.nm_id`,
  },
  {
    kind: 'by-product',
    text: 'заказы по товарам вчера',
    expected: `select x.nm_id::text as key, ${ORDERS} as orders from orders x where x.age = 1 group by x.nm_id`,
  },

  // By brand
  {
    kind: 'by-brand',
    text: 'продажи брендов за неделю',
    expected: `select x.brand as key, ${BUYOUTS} as buyouts from sales x where ${isBuyout} and x.age between 0 and 6
      group by x.brand`,
  },
  {
    kind: 'by-brand',
    text: 'на сколько рублей заказали каждый бренд в октябре',
    expected: `select x.brand as key, ${ORDERS_AMOUNT} as orders_amount from orders x
      where x.day between '2036-10-01' and '2036-10-31' group by x.brand`,
  },

  // By category
  {
    kind: 'by-category',
    text: 'заказы в разрезе категорий за сегодня',
    expected: `select x.category as key, ${ORDERS} as orders from orders x where x.age = 0 group by x.category`,
  },
  {
    kind: 'by-category',
    text: 'какая категория принесла больше выручки за неделю',
    expected: `select x.category as key, ${REVENUE} as revenue from sales x where x.age between 0 and 6
      group by x.category order by revenue desc`,
    top: { first: 1 },
  },

  // Rates of buyouts and returns
  {
    kind: 'rates',
    text: 'какой у нас процент выкупа за месяц',
    expected: `select ${BUYOUT_RATE} as buyout_rate from orders x where x.age between 0 and 29`,
  },
  {
    kind: 'rates',
    text: 'процент возврата по брендам в октябре',
    expected: `select x.brand as key, ${RETURN_RATE} as return_rate from orders x
      where x.day between '2036-10-01' and '2036-10-31' group by x.brand
      having count(*) filter (where x.status in ('bought', 'returned')) > 0`,
  },

  // How long stocks last
  {
    kind: 'stock-cover',
    text: 'на сколько хватит {code}',
    given: product(3),
    expected: `select c.cover_days from cover c, given g where c.key = g.nm_id::text`,
  },
  {
    kind: 'stock-cover',
    text: 'что кончится за {days} дней',
    given: daysOfCover(0.2),
    expected: `select c.key, c.cover_days from cover c, given g where c.cover_days <= g.days`,
  },

  // Changes of ratings
  {
    kind: 'rating-change',
    text: 'изменение рейтинга {nm_id} за последний месяц',
    given: product(3, 'reviews', 'x.age between 0 and 59'),
    expected: `select round(avg(x.rating) filter (where x.age between 0 and 29), 2)
        - round(avg(x.rating) filter (where x.age between 30 and 59), 2) as average_rating_change
      from reviews x, given g where x.nm_id = g.nm_id`,
  },
  {
    kind: 'rating-change',
    text: 'какая средняя оценка в отзывах в октябре',
    expected: `select ${AVERAGE_RATING} as average_rating from reviews x where x.day between '2036-10-01' and '2036-10-31'`,
  },

  // One period against another
  {
    kind: 'comparison',
    text: 'выручка октября против сентября',
    expected: `select coalesce(sum(revenue) filter (where day between '2036-10-01' and '2036-10-31'), 0) as revenue,
        coalesce(sum(revenue) filter (where day between '2036-09-01' and '2036-09-30'), 0) as revenue_before
      from (select x.day, ${REVENUE} as revenue from sales x group by x.day) d`,
  },
  {
    kind: 'comparison',
    text: 'сравни заказы за последние 7 дней с предыдущими 7 днями',
    expected: `select count(*) filter (where x.age between 0 and 6) as orders,
        count(*) filter (where x.age between 7 and 13) as orders_before from orders x`,
  },
];

export const HOLDOUT: QuestionSet = { retrieval, analytics };
