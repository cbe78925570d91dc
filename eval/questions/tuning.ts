/**
 * Two thirds of the questions: search and analytics may be tuned by what they get wrong of these, and
 * `npm run eval -- --failures` shows it. The other third, holdout.ts, is never looked at for that.
 *
 * Written before anything was tuned, as sellers type: short, inflected, mistyped, in slang, now and then long and polite.
 * Names and numbers come from the data (`given`), right answers from SQL over the same rows (`relevant`, `expected`).
 */
import { daysOfCover, product, sum, value } from './given.ts';
import {
  BUYOUT_RATE,
  BUYOUTS,
  CANCELLED_ORDERS,
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
const sameArticle = 'x.article = g.vendor_code';
const isReturn = "x.type = 'return'";
const isBuyout = "x.type = 'buyout'";

const retrieval: readonly RetrievalQuestion[] = [
  // Product numbers
  {
    kind: 'product-number',
    text: '{nm_id}',
    given: product(3),
    relevant: rowsOfAll(sameNm),
  },
  {
    kind: 'product-number',
    text: 'чё по {nm_id}',
    given: product(12),
    relevant: rowsOfAll(sameNm),
  },
  {
    kind: 'product-number',
    text: 'остатки {nm_id}',
    given: product(5, 'stocks'),
    relevant: [rowsOf('stocks', sameNm)],
  },
  {
    kind: 'product-number',
    text: 'отзывы на артикул {nm_id}',
    given: product(6, 'reviews'),
    relevant: [rowsOf('reviews', sameNm)],
  },
  {
    kind: 'product-number',
    text: 'нм {nm_id} возвраты были?',
    given: product(2, 'sales', "x.type = 'return'"),
    relevant: [
      rowsOf('sales', `${sameNm} and ${isReturn}`),
      rowsOf('orders', `${sameNm} and x.status = 'returned'`),
    ],
  },
  {
    kind: 'product-number',
    text: 'Здравствуйте! Подскажите, пожалуйста, какая сейчас цена у товара с номером {nm_id}?',
    given: product(9),
    relevant: [rowsOf('products', sameNm)],
  },

  // The seller's own article
  {
    kind: 'article',
    text: '{vendor_code}',
    given: product(4),
    relevant: [
      rowsOf('products', 'x.vendor_code = g.vendor_code'),
      rowsOf('orders', sameArticle),
      rowsOf('stocks', sameArticle),
    ],
  },
  {
    kind: 'article',
    text: 'сколько осталось {code}',
    given: product(3, 'stocks'),
    relevant: [rowsOf('stocks', sameArticle)],
  },
  {
    kind: 'article',
    text: 'заказы по артикулу {vendor_code}',
    given: product(7, 'orders'),
    relevant: [rowsOf('orders', sameArticle)],
  },
  {
    kind: 'article',
    text: 'рейтинг {code} какой',
    given: product(11, 'reviews'),
    relevant: [rowsOf('products', 'x.vendor_code = g.vendor_code')],
  },

  // Names of products
  {
    kind: 'product-name',
    text: '{thing} {said}',
    given: product(5),
    relevant: rowsOfAll(sameName),
  },
  {
    kind: 'product-name',
    text: 'что пишут про {thing} {said}',
    given: product(4, 'reviews'),
    relevant: [rowsOf('reviews', sameName)],
  },
  {
    kind: 'product-name',
    text: '{thing_gap} {model_swap} заказы',
    given: product(6, 'orders'),
    relevant: [rowsOf('orders', sameName)],
  },
  {
    kind: 'product-name',
    text: 'остаток {thing} {said} по размерам',
    given: product(2, 'stocks'),
    relevant: [rowsOf('stocks', sameName)],
  },
  {
    kind: 'product-name',
    text: '{thing_latin} {model_latin}',
    given: product(8),
    relevant: rowsOfAll(sameName),
  },
  {
    kind: 'product-name',
    text: 'почём у нас сейчас {name}',
    given: product(10),
    relevant: [rowsOf('products', 'x.name = g.name')],
  },

  // Orders
  {
    kind: 'order',
    text: 'отменённые заказы на рюкзаки',
    relevant: [rowsOf('orders', "x.status = 'cancelled' and x.subject = 'Рюкзаки'")],
  },
  {
    kind: 'order',
    text: 'заказы в {warehouse_to}',
    given: value(9, 'orders', 'warehouse_to'),
    relevant: [rowsOf('orders', 'x.warehouse_to = g.warehouse_to')],
  },
  {
    kind: 'order',
    text: 'закзы на крем для рук',
    relevant: [rowsOf('orders', "x.name ilike 'крем для рук%'")],
  },
  {
    kind: 'order',
    text: 'какие заказы худи ещё активны, не выкуплены',
    relevant: [rowsOf('orders', "x.status = 'active' and x.subject = 'Худи'")],
  },

  // Sales
  {
    kind: 'sale',
    text: 'выкупы ботинок',
    relevant: [rowsOf('sales', `${isBuyout} and x.subject = 'Ботинки'`)],
  },
  {
    kind: 'sale',
    text: 'продажи пледов',
    relevant: [rowsOf('sales', "x.subject = 'Пледы'")],
  },
  {
    kind: 'sale',
    text: 'чё выкупили из леггинсов',
    relevant: [rowsOf('sales', `${isBuyout} and x.subject ilike 'Леггинсы%'`)],
  },
  {
    kind: 'sale',
    text: 'Покажите, пожалуйста, проданные товары бренда {brand}',
    given: value(9, 'sales', 'brand'),
    relevant: [rowsOf('sales', 'x.brand = g.brand')],
  },

  // Returns
  {
    kind: 'return',
    text: 'возвраты',
    relevant: [rowsOf('sales', isReturn), rowsOf('orders', "x.status = 'returned'")],
  },
  {
    kind: 'return',
    text: 'чё по возвратам джинсов',
    relevant: [
      rowsOf('sales', `${isReturn} and x.subject = 'Джинсы'`),
      rowsOf('orders', "x.status = 'returned' and x.subject = 'Джинсы'"),
    ],
  },
  {
    kind: 'return',
    text: 'что вернули из кремов',
    relevant: [
      rowsOf('sales', `${isReturn} and x.subject = 'Кремы'`),
      rowsOf('orders', "x.status = 'returned' and x.subject = 'Кремы'"),
    ],
  },
  {
    kind: 'return',
    text: 'возрат {brand}',
    given: value(2, 'sales', 'brand', "type = 'return'"),
    relevant: [
      rowsOf('sales', `${isReturn} and x.brand = g.brand`),
      rowsOf('orders', "x.status = 'returned' and x.brand = g.brand"),
    ],
  },

  // Stocks
  {
    kind: 'stock',
    text: 'остатки по кросам',
    relevant: [rowsOf('stocks', "x.category = 'Кроссовки'")],
  },
  {
    kind: 'stock',
    text: 'сколько пледов осталось',
    relevant: [rowsOf('stocks', "x.category = 'Пледы'")],
  },
  {
    kind: 'stock',
    text: 'jcnfnrb gj rehnrfv',
    relevant: [rowsOf('stocks', "x.category = 'Куртки'")],
  },
  {
    kind: 'stock',
    text: 'какие платья едут к клиентам',
    relevant: [rowsOf('stocks', "x.category = 'Платья' and x.in_way_to_client > 0")],
  },

  // Products
  {
    kind: 'product',
    text: 'карточки сковородок',
    relevant: [rowsOf('products', "x.category = 'Сковороды'")],
  },
  {
    kind: 'product',
    text: 'какие товары бренда {brand} у меня есть',
    given: value(4, 'products', 'brand'),
    relevant: [rowsOf('products', 'x.brand = g.brand')],
  },
  {
    kind: 'product',
    text: 'цена на наушники',
    relevant: [rowsOf('products', "x.category = 'Наушники'")],
  },
  {
    kind: 'product',
    text: 'список товаров с рейтингом ниже 4',
    relevant: [rowsOf('products', 'x.rating < 4')],
  },

  // Reviews
  {
    kind: 'review',
    text: 'отзывы на ботинки',
    relevant: [rowsOf('reviews', "x.name ilike 'ботинки%'")],
  },
  {
    kind: 'review',
    text: 'otzyvy na hudi',
    relevant: [rowsOf('reviews', "x.name ilike 'худи%'")],
  },
  {
    kind: 'review',
    text: 'негативные отзывы без ответа',
    relevant: [rowsOf('reviews', 'x.rating <= 2 and not x.is_answered')],
  },
  {
    kind: 'review',
    text: 'отзывы где отметили что маломерит',
    relevant: [rowsOf('reviews', "x.matching_size = 'smaller' or x.said ~* '(маломер|мало на целый|тесно)'")],
  },

  // Warehouses
  {
    kind: 'warehouse',
    text: 'что лежит на складе {warehouse_name}',
    given: value(7, 'stocks', 'warehouse_name'),
    relevant: [rowsOf('stocks', 'x.warehouse_name = g.warehouse_name')],
  },
  {
    kind: 'warehouse',
    text: 'футболки на складе {said}',
    given: value(1, 'stocks', 'warehouse_name', "category = 'Футболки'"),
    relevant: [rowsOf('stocks', "x.warehouse_name = g.warehouse_name and x.category = 'Футболки'")],
  },
  {
    kind: 'warehouse',
    text: 'какие заказы уехали со склада {warehouse_from}',
    given: value(6, 'orders', 'warehouse_from'),
    relevant: [rowsOf('orders', 'x.warehouse_from = g.warehouse_from')],
  },
  {
    kind: 'warehouse',
    text: 'остаток склад {gap}',
    given: value(5, 'stocks', 'warehouse_name'),
    relevant: [rowsOf('stocks', 'x.warehouse_name = g.warehouse_name')],
  },

  // Periods
  {
    kind: 'period',
    text: 'заказы за вчера',
    relevant: [rowsOf('orders', 'x.age = 1')],
  },
  {
    kind: 'period',
    text: 'что продали сегодня',
    relevant: [rowsOf('sales', `x.age = 0 and ${isBuyout}`)],
  },
  {
    kind: 'period',
    text: 'возвраты за последнюю неделю',
    relevant: [rowsOf('sales', `x.age between 0 and 6 and ${isReturn}`)],
  },
  {
    kind: 'period',
    text: 'отзывы за последние 3 дня',
    relevant: [rowsOf('reviews', 'x.age between 0 and 2')],
  },
  {
    kind: 'period',
    text: 'отмены с 1 по 15 ноября',
    relevant: [rowsOf('orders', "x.status = 'cancelled' and x.day between '2036-11-01' and '2036-11-15'")],
  },
  {
    kind: 'period',
    text: 'негативчик в октябре',
    relevant: [rowsOf('reviews', "x.rating <= 2 and x.day between '2036-10-01' and '2036-10-31'")],
  },

  // Sizes
  {
    kind: 'size',
    text: 'джинсы {size} размера остаток',
    given: value(2, 'stocks', 'size', "category = 'Джинсы'"),
    relevant: [rowsOf('stocks', "x.category = 'Джинсы' and x.size = g.size")],
  },
  {
    kind: 'size',
    text: 'заказы футболок XXL',
    relevant: [rowsOf('orders', "x.subject = 'Футболки' and x.size = 'XXL'")],
  },
  {
    kind: 'size',
    text: 'кроссовки р-р {size}, что есть на складе',
    given: value(1, 'stocks', 'size', "category = 'Кроссовки'"),
    relevant: [rowsOf('stocks', "x.category = 'Кроссовки' and x.size = g.size")],
  },
  {
    kind: 'size',
    text: 'выкупы платьев в {size} размере',
    given: value(1, 'sales', 'size', "subject = 'Платья'"),
    relevant: [rowsOf('sales', "x.subject = 'Платья' and x.size = g.size")],
  },

  // Brands
  {
    kind: 'brand',
    text: '{brand}',
    given: value(10, 'orders', 'brand'),
    relevant: [
      ...(['products', 'orders', 'sales', 'reviews', 'stocks'] as const).map((view) =>
        rowsOf(view, 'x.brand = g.brand'),
      ),
    ],
  },
  {
    kind: 'brand',
    text: 'заказы {swap}',
    given: value(8, 'orders', 'brand'),
    relevant: [rowsOf('orders', 'x.brand = g.brand')],
  },
  {
    kind: 'brand',
    text: 'остатки бренда {said}',
    given: value(5, 'stocks', 'brand'),
    relevant: [rowsOf('stocks', 'x.brand = g.brand')],
  },
  {
    kind: 'brand',
    text: 'плохие отзывы о {brand}',
    given: value(3, 'reviews', 'brand', 'rating <= 2'),
    relevant: [rowsOf('reviews', 'x.brand = g.brand and x.rating <= 2')],
  },

  // Categories
  {
    kind: 'category',
    text: 'заказы в категории обувь',
    relevant: [rowsOf('orders', "x.category = 'Обувь'")],
  },
  {
    kind: 'category',
    text: 'детские вещи заказы',
    relevant: [rowsOf('orders', "x.category = 'Детская одежда'")],
  },
  {
    kind: 'category',
    text: 'что у нас по электронике заказывают',
    relevant: [rowsOf('orders', "x.category = 'Электроника'")],
  },
  {
    kind: 'category',
    text: 'спорттовары: заказы',
    relevant: [rowsOf('orders', "x.category = 'Спорт'")],
  },

  // Ratings
  {
    kind: 'rating',
    text: 'отзывы с одной звездой',
    relevant: [rowsOf('reviews', 'x.rating = 1')],
  },
  {
    kind: 'rating',
    text: 'отзывы ниже трёх звёзд на футболки',
    relevant: [rowsOf('reviews', "x.rating < 3 and x.name ilike 'футболка%'")],
  },
  {
    kind: 'rating',
    text: 'кто поставил тройку',
    relevant: [rowsOf('reviews', 'x.rating = 3')],
  },
  {
    kind: 'rating',
    text: 'негатив по джинсам',
    relevant: [rowsOf('reviews', "x.rating <= 2 and x.name ilike 'джинсы%'")],
  },

  // States of stocks
  {
    kind: 'stock-state',
    text: 'какие футболки заканчиваются',
    relevant: [rowsOf('stocks', "x.quantity <= 5 and x.category = 'Футболки'")],
  },
  {
    kind: 'stock-state',
    text: 'кросы кончаются какие размеры',
    relevant: [rowsOf('stocks', "x.quantity <= 5 and x.category = 'Кроссовки'")],
  },
  {
    kind: 'stock-state',
    text: 'чего много, больше 20 штук лежит',
    relevant: [rowsOf('stocks', 'x.quantity > 20')],
  },
  {
    kind: 'stock-state',
    text: 'осталась последняя 1 штука',
    relevant: [rowsOf('stocks', 'x.quantity = 1')],
  },

  // Amounts
  {
    kind: 'amount',
    text: 'заказы дороже {sum} рублей',
    given: sum(0.96, 'orders', 'total_price'),
    relevant: [rowsOf('orders', 'x.total_price > g.sum')],
  },
  {
    kind: 'amount',
    text: 'товары дешевле {sum} руб',
    given: sum(0.12, 'products', 'discount_price'),
    relevant: [rowsOf('products', 'x.discount_price < g.sum')],
  },
  {
    kind: 'amount',
    text: 'продажи от 8 до 9 тысяч',
    relevant: [rowsOf('sales', 'x.amount between 8000 and 9000')],
  },
  {
    kind: 'amount',
    text: 'возвраты на сумму больше 5к',
    relevant: [
      rowsOf('sales', `${isReturn} and x.amount > 5000`),
      rowsOf('orders', "x.status = 'returned' and x.total_price > 5000"),
    ],
  },

  // What reviews say, in other words than theirs
  {
    kind: 'review-content',
    text: 'жалуются что вещь села после стирки',
    relevant: [
      rowsOf('reviews', "x.said ~* '(стало меньше на два|вещь села|сильно садится)' or x.cons ~* 'садится'"),
    ],
  },
  {
    kind: 'review-content',
    text: 'сломалась молния, замок не работает',
    relevant: [
      rowsOf(
        'reviews',
        "x.rating <= 4 and (x.said ~* '(молния (сломал|разошл)|замок заедает|бегунок|молнию заедает|собачка слетела)' or x.cons ~* '(фурнитура|молния)')",
      ),
    ],
  },
  {
    kind: 'review-content',
    text: 'скатывается ткань, катышки',
    relevant: [
      rowsOf(
        'reviews',
        "x.rating <= 4 and (x.text ~* '(в катышках|скаталась|катышки появились)' or x.cons ~* 'катышки')",
      ),
    ],
  },
  {
    kind: 'review-content',
    text: 'просроченный крем, плохой срок годности',
    relevant: [rowsOf('reviews', "x.text ~* '(срок годности заканч|просроч)' or x.cons ~* 'срок годности'")],
  },
  {
    kind: 'review-content',
    text: 'пришло в мятой коробке, рваная упаковка',
    relevant: [rowsOf('reviews', "x.text ~* '(коробка пришла мятая|упаковка рваная)'")],
  },
  {
    kind: 'review-content',
    text: 'цвет не такой как на картинке',
    relevant: [rowsOf('reviews', "x.text ~* '(цвет совсем не тот|прислали другой цвет)'")],
  },
  {
    kind: 'review-content',
    text: 'обувь натирает ногу',
    relevant: [
      rowsOf(
        'reviews',
        "x.text ~* '(натирают пят|ст[её]рл?а? ноги|ст[её]р ноги|трут даже)' or x.cons ~* 'натирают'",
      ),
    ],
  },
  {
    kind: 'review-content',
    text: 'просвечивает',
    relevant: [rowsOf('reviews', "x.text ~* '(вс[её] просвечивает|просвечивает на свет)'")],
  },
  {
    kind: 'review-content',
    text: 'кому подарили нашу вещь, в подарок брали',
    relevant: [rowsOf('reviews', "x.text ~* 'в подарок'")],
  },
  {
    kind: 'review-content',
    text: 'воняет химией, не выветривается',
    relevant: [
      rowsOf(
        'reviews',
        "x.text ~* '(химический запах|пахнет (резиной|краской|спиртом)|запах резкий|запах не уходит)'",
      ),
    ],
  },
  {
    kind: 'review-content',
    text: 'долго везли, доставку все время переносят',
    relevant: [rowsOf('reviews', "x.text ~* 'доставку перен'")],
  },
  {
    kind: 'review-content',
    text: 'маленький размер, надо брать на размер побольше',
    relevant: [rowsOf('reviews', "x.matching_size = 'smaller' or x.text ~* '(маломер|мало на целый|тесно)'")],
  },

  // Several things at once
  {
    kind: 'combination',
    text: 'негативные отзывы на кремы за октябрь',
    relevant: [
      rowsOf(
        'reviews',
        "x.rating <= 2 and x.name ilike 'крем%' and x.day between '2036-10-01' and '2036-10-31'",
      ),
    ],
  },
  {
    kind: 'combination',
    text: 'заказы {nm_id} за неделю',
    given: product(2, 'orders', 'x.age between 0 and 6'),
    relevant: [rowsOf('orders', `${sameNm} and x.age between 0 and 6`)],
  },
  {
    kind: 'combination',
    text: 'возвраты джинс в октябре',
    relevant: [
      rowsOf('sales', `${isReturn} and x.subject = 'Джинсы' and x.day between '2036-10-01' and '2036-10-31'`),
    ],
  },
  {
    kind: 'combination',
    text: 'худи L на складе {warehouse_name}',
    given: value(1, 'stocks', 'warehouse_name', "category = 'Худи' and size = 'L'"),
    relevant: [
      rowsOf('stocks', "x.category = 'Худи' and x.size = 'L' and x.warehouse_name = g.warehouse_name"),
    ],
  },
  {
    kind: 'combination',
    text: 'отменённые заказы {brand} за последние 30 дней',
    given: value(2, 'orders', 'brand', "status = 'cancelled' and age between 0 and 29"),
    relevant: [rowsOf('orders', "x.brand = g.brand and x.status = 'cancelled' and x.age between 0 and 29")],
  },
  {
    kind: 'combination',
    text: 'отзывы на {thing} {said} где жалуются на материал',
    given: product(1, 'reviews', "x.cons ~* 'материал'"),
    relevant: [
      rowsOf(
        'reviews',
        `${sameName} and x.rating <= 4 and (x.cons ~* 'материал' or x.text ~* '(вс[её] просвечивает|не дышит|колется)')`,
      ),
    ],
  },
  {
    kind: 'combination',
    text: 'выкупы кроссов вчера и сегодня',
    relevant: [rowsOf('sales', `${isBuyout} and x.subject = 'Кроссовки' and x.age between 0 and 1`)],
  },
  {
    kind: 'combination',
    text: 'куртки дороже {sum} заказы этого месяца',
    given: sum(0.6, 'orders', 'total_price', "subject = 'Куртки' and day >= '2036-11-01'"),
    relevant: [rowsOf('orders', "x.subject = 'Куртки' and x.total_price > g.sum and x.day >= '2036-11-01'")],
  },
  {
    kind: 'combination',
    text: 'Добрый день! Нужны заказы кремов в Москву за прошлую неделю, спасибо',
    relevant: [
      rowsOf(
        'orders',
        "x.subject = 'Кремы' and x.warehouse_to = 'Москва' and x.day between '2036-11-10' and '2036-11-16'",
      ),
    ],
  },
  {
    kind: 'combination',
    text: 'пятёрки с текстом на рюкзаки про ноутбук',
    relevant: [rowsOf('reviews', "x.rating = 5 and x.name ilike 'рюкзак%' and x.text ~* 'ноутбук'")],
  },
];

const analytics: readonly AnalyticsQuestion[] = [
  // What is best and worst
  {
    kind: 'top',
    text: 'какой товар продался лучше всего за месяц',
    expected: `select x.nm_id::text as key, ${BUYOUTS} as buyouts from sales x where x.age between 0 and 29 and ${isBuyout}
      group by x.nm_id order by buyouts desc`,
    top: { first: 1 },
  },
  {
    kind: 'top',
    text: 'топ 5 товаров по выручке за неделю',
    expected: `select x.nm_id::text as key, ${REVENUE} as revenue from sales x where x.age between 0 and 6
      group by x.nm_id order by revenue desc`,
    top: { exactly: 5 },
  },
  {
    kind: 'top',
    text: 'что чаще всего возвращают',
    expected: `select x.nm_id::text as key, ${RETURNS} as returns from sales x where ${isReturn} and x.age between 0 and 29
      group by x.nm_id order by returns desc`,
    top: { first: 1 },
  },
  {
    kind: 'top',
    text: 'топ-3 бренда по заказам в октябре',
    expected: `select x.brand as key, ${ORDERS} as orders from orders x where x.day between '2036-10-01' and '2036-10-31'
      group by x.brand order by orders desc`,
    top: { exactly: 3 },
  },
  {
    kind: 'top',
    text: 'самые заказываемые товары вчера',
    expected: `select x.nm_id::text as key, ${ORDERS} as orders from orders x where x.age = 1
      group by x.nm_id order by orders desc`,
    top: { first: 3 },
  },

  // Sums and counts
  {
    kind: 'total',
    text: 'сколько выручки вчера',
    expected: `select ${REVENUE} as revenue from sales x where x.age = 1`,
  },
  {
    kind: 'total',
    text: 'скок заказов сегодня',
    expected: `select ${ORDERS} as orders from orders x where x.age = 0`,
  },
  {
    kind: 'total',
    text: 'на какую сумму заказали за последние 7 дней',
    expected: `select ${ORDERS_AMOUNT} as orders_amount from orders x where x.age between 0 and 6`,
  },
  {
    kind: 'total',
    text: 'сколько возвратов было в октябре?',
    expected: `select ${RETURNS} as returns from sales x where x.day between '2036-10-01' and '2036-10-31'`,
  },
  {
    kind: 'total',
    text: 'сколько выкупили {nm_id} за месяц',
    given: product(3, 'sales', "x.type = 'buyout' and x.age between 0 and 29"),
    expected: `select ${BUYOUTS} as buyouts from sales x, given g where x.nm_id = g.nm_id and x.age between 0 and 29`,
  },
  {
    kind: 'total',
    text: 'Подскажите, пожалуйста, сколько заказов отменили с 1 по 15 ноября',
    expected: `select ${CANCELLED_ORDERS} as cancelled_orders from orders x where x.day between '2036-11-01' and '2036-11-15'`,
  },

  // By day
  {
    kind: 'by-day',
    text: 'заказы по дням за неделю',
    expected: `select x.day::text as key, ${ORDERS} as orders from orders x where x.age between 0 and 6 group by x.day`,
  },
  {
    kind: 'by-day',
    text: 'выручка по дням с 1 по 10 ноября',
    expected: `select x.day::text as key, ${REVENUE} as revenue from sales x
      where x.day between '2036-11-01' and '2036-11-10' group by x.day`,
  },
  {
    kind: 'by-day',
    text: 'сколько продаж в день было на прошлой неделе',
    expected: `select x.day::text as key, ${BUYOUTS} as buyouts from sales x
      where x.day between '2036-11-10' and '2036-11-16' group by x.day`,
  },
  {
    kind: 'by-day',
    text: 'возвраты по дням за последние 14 дней',
    expected: `select x.day::text as key, ${RETURNS} as returns from sales x where x.age between 0 and 13 group by x.day`,
  },

  // By product
  {
    kind: 'by-product',
    text: 'выручка по товарам за вчера',
    expected: `select x.nm_id::text as key, ${REVENUE} as revenue from sales x where x.age = 1 group by x.nm_id`,
  },
  {
    kind: 'by-product',
    text: 'сколько заказов у каждого товара за 3 дня',
    expected: `select x.nm_id::text as key, ${ORDERS} as orders from orders x where x.age between 0 and 2 group by x.nm_id`,
  },
  {
    kind: 'by-product',
    text: 'выкупы в разрезе артикулов за сегодня',
    expected: `select x.nm_id::text as key, ${BUYOUTS} as buyouts from sales x where x.age = 0 and ${isBuyout}
      group by x.nm_id`,
  },
  {
    kind: 'by-product',
    text: 'продажи {brand} по товарам за октябрь',
    given: value(2, 'sales', 'brand', "day between '2036-10-01' and '2036-10-31'"),
    expected: `select x.nm_id::text as key, ${BUYOUTS} as buyouts from sales x, given g
      where x.brand = g.brand and ${isBuyout} and x.day between '2036-10-01' and '2036-10-31' group by x.nm_id`,
  },

  // By brand
  {
    kind: 'by-brand',
    text: 'выручка по брендам за месяц',
    expected: `select x.brand as key, ${REVENUE} as revenue from sales x where x.age between 0 and 29 group by x.brand`,
  },
  {
    kind: 'by-brand',
    text: 'заказы по брендам вчера',
    expected: `select x.brand as key, ${ORDERS} as orders from orders x where x.age = 1 group by x.brand`,
  },
  {
    kind: 'by-brand',
    text: 'скока возвратов у каждого бренда в ноябре',
    expected: `select x.brand as key, ${RETURNS} as returns from sales x
      where x.day between '2036-11-01' and '2036-11-20' and ${isReturn} group by x.brand`,
  },
  {
    kind: 'by-brand',
    text: 'какой бренд принёс больше всего денег за прошлый месяц',
    expected: `select x.brand as key, ${REVENUE} as revenue from sales x
      where x.day between '2036-10-01' and '2036-10-31' group by x.brand order by revenue desc`,
    top: { first: 1 },
  },

  // By category
  {
    kind: 'by-category',
    text: 'продажи по категориям за неделю',
    expected: `select x.category as key, ${BUYOUTS} as buyouts from sales x where x.age between 0 and 6 and ${isBuyout}
      group by x.category`,
  },
  {
    kind: 'by-category',
    text: 'выручка по категориям в октябре',
    expected: `select x.category as key, ${REVENUE} as revenue from sales x
      where x.day between '2036-10-01' and '2036-10-31' group by x.category`,
  },
  {
    kind: 'by-category',
    text: 'какая категория самая заказываемая за месяц',
    expected: `select x.category as key, ${ORDERS} as orders from orders x where x.age between 0 and 29
      group by x.category order by orders desc`,
    top: { first: 1 },
  },
  {
    kind: 'by-category',
    text: 'на сколько заказали в каждой категории вчера',
    expected: `select x.category as key, ${ORDERS_AMOUNT} as orders_amount from orders x where x.age = 1 group by x.category`,
  },

  // Rates of buyouts and returns
  {
    kind: 'rates',
    text: 'какой выкуп по брендам',
    expected: `select x.brand as key, ${BUYOUT_RATE} as buyout_rate from orders x where x.age between 0 and 29 group by x.brand
      having count(*) filter (where x.status in ('bought', 'cancelled', 'returned')) > 0`,
  },
  {
    kind: 'rates',
    text: 'процент выкупа в октябре',
    expected: `select ${BUYOUT_RATE} as buyout_rate from orders x where x.day between '2036-10-01' and '2036-10-31'`,
  },
  {
    kind: 'rates',
    text: 'процент возвратов за месяц',
    expected: `select ${RETURN_RATE} as return_rate from orders x where x.age between 0 and 29`,
  },
  {
    kind: 'rates',
    text: 'выкуп {nm_id}',
    given: product(2),
    expected: `select ${BUYOUT_RATE} as buyout_rate from orders x, given g where x.nm_id = g.nm_id and x.age between 0 and 29`,
  },
  {
    kind: 'rates',
    text: '% возврата по категориям',
    expected: `select x.category as key, ${RETURN_RATE} as return_rate from orders x where x.age between 0 and 29 group by x.category
      having count(*) filter (where x.status in ('bought', 'returned')) > 0`,
  },

  // How long stocks last
  {
    kind: 'stock-cover',
    text: 'что закончится через {days} дней',
    given: daysOfCover(0.1),
    expected: `select c.key, c.cover_days from cover c, given g where c.cover_days <= g.days`,
  },
  {
    kind: 'stock-cover',
    text: 'на сколько дней хватит остатков {nm_id}',
    given: product(2),
    expected: `select c.cover_days from cover c, given g where c.key = g.nm_id::text`,
  },
  {
    kind: 'stock-cover',
    text: 'какие товары кончатся в ближайшие {days} дней',
    given: daysOfCover(0.3),
    expected: `select c.key, c.cover_days from cover c, given g where c.cover_days <= g.days`,
  },
  {
    kind: 'stock-cover',
    text: 'чё закончится первым',
    expected: `select key, cover_days from cover order by cover_days`,
    top: { first: 1 },
  },

  // Changes of ratings
  {
    kind: 'rating-change',
    text: 'у каких товаров упал рейтинг за месяц',
    expected: `select key, average_rating_change from (
        select x.nm_id::text as key, round(avg(x.rating) filter (where x.age between 0 and 29), 2)
          - round(avg(x.rating) filter (where x.age between 30 and 59), 2) as average_rating_change
        from reviews x group by x.nm_id
      ) changes where average_rating_change < 0 order by average_rating_change`,
    top: { first: 100 },
  },
  {
    kind: 'rating-change',
    text: 'средняя оценка за неделю',
    expected: `select ${AVERAGE_RATING} as average_rating from reviews x where x.age between 0 and 6`,
  },
  {
    kind: 'rating-change',
    text: 'как изменился рейтинг {nm_id} за месяц',
    given: product(2, 'reviews', 'x.age between 0 and 59'),
    expected: `select round(avg(x.rating) filter (where x.age between 0 and 29), 2)
        - round(avg(x.rating) filter (where x.age between 30 and 59), 2) as average_rating_change
      from reviews x, given g where x.nm_id = g.nm_id`,
  },

  // One period against another
  {
    kind: 'comparison',
    text: 'сравни выручку этой недели с прошлой',
    expected: `select coalesce(sum(revenue) filter (where day >= '2036-11-17'), 0) as revenue,
        coalesce(sum(revenue) filter (where day between '2036-11-10' and '2036-11-16'), 0) as revenue_before
      from (select x.day, ${REVENUE} as revenue from sales x group by x.day) d`,
  },
  {
    kind: 'comparison',
    text: 'заказов в октябре больше чем в сентябре?',
    expected: `select count(*) filter (where x.day between '2036-10-01' and '2036-10-31') as orders,
        count(*) filter (where x.day between '2036-09-01' and '2036-09-30') as orders_before from orders x`,
  },
  {
    kind: 'comparison',
    text: 'как изменились продажи {nm_id} за неделю по сравнению с предыдущей',
    given: product(1),
    expected: `select count(*) filter (where x.age between 0 and 6) as buyouts,
        count(*) filter (where x.age between 7 and 13) as buyouts_before
      from sales x, given g where x.nm_id = g.nm_id and ${isBuyout}`,
  },
  {
    kind: 'comparison',
    text: 'вчера против позавчера по заказам',
    expected: `select count(*) filter (where x.age = 1) as orders, count(*) filter (where x.age = 2) as orders_before
      from orders x`,
  },
];

export const TUNING: QuestionSet = { retrieval, analytics };
