/** A small shop, written by plain SQL as anybody could in psql. `$1` is the cabinet. Deterministic: no random(). */

/** Forty products: ten kinds in four brands. */
export const INSERT_PRODUCTS = `
insert into wb_products (cabinet_id, nm_id, name, vendor_code, brand, category, price, discount_price, rating, reviews_count, in_stock)
select $1::bigint,
  148000000 + kind.n * 1000 + brand.n,
  kind.name || ' ' || brand.line,
  upper(brand.code) || '-' || lpad(kind.n::text, 3, '0'),
  brand.name,
  kind.category,
  kind.price + brand.n * 150,
  round((kind.price + brand.n * 150) * 0.8, 2),
  3.9 + (kind.n * 3 + brand.n) % 11 / 10.0,
  12 + kind.n * 17 % 90,
  (kind.n + brand.n) % 9 <> 0
from (values
  (1, 'Кроссовки беговые мужские', 'Обувь', 4990),
  (2, 'Ботинки зимние женские', 'Обувь', 6490),
  (3, 'Куртка демисезонная', 'Одежда', 7990),
  (4, 'Худи оверсайз с капюшоном', 'Одежда', 3290),
  (5, 'Платье вечернее', 'Одежда', 5490),
  (6, 'Рюкзак городской для ноутбука', 'Аксессуары', 3890),
  (7, 'Сковорода с антипригарным покрытием 28 см', 'Дом', 2190),
  (8, 'Плед флисовый двуспальный', 'Дом', 1790),
  (9, 'Наушники беспроводные', 'Электроника', 4590),
  (10, 'Крем для лица увлажняющий', 'Красота', 890)
) as kind (n, name, category, price)
cross join (values
  (1, 'Северный ветер', 'nord', 'Полюс'),
  (2, 'Ладога', 'ldg', 'Волна'),
  (3, 'Берёза', 'brz', 'Роща'),
  (4, 'Комета', 'kmt', 'Орбита')
) as brand (n, name, code, line)`;

/** An order a product and each third day of the last month; some cancelled. */
export const INSERT_ORDERS = `
insert into wb_orders (cabinet_id, order_id, nm_id, article, name, brand, category, size, quantity, price, total_price,
  warehouse_from, warehouse_to, order_date, status)
select p.cabinet_id, 'demo-order-' || p.nm_id || '-' || day, p.nm_id, p.vendor_code, p.name, p.brand, p.category,
  (array['S', 'M', 'L', 'XL'])[1 + day % 4], 1, p.price, p.discount_price,
  (array['Коледино', 'Электросталь', 'Казань'])[1 + day % 3],
  (array['Москва', 'Санкт-Петербург', 'Екатеринбург', 'Краснодарский край'])[1 + (day + p.id) % 4],
  now() - make_interval(days => day::int, hours => (p.id % 12)::int),
  case when (p.id + day) % 7 = 0 then 'cancelled' else 'active' end
from wb_products p cross join generate_series(1, 9, 3) as day
where p.cabinet_id = $1::bigint`;

/** Most orders of the first days were bought, some came back. */
export const INSERT_SALES = `
insert into wb_sales (cabinet_id, sale_id, order_id, nm_id, product_name, brand, size, amount, sale_date, type)
select o.cabinet_id, case when o.id % 9 = 0 then 'R' else 'S' end || (7000000000 + o.id), o.order_id, o.nm_id, o.name,
  o.brand, o.size, o.total_price, o.order_date + interval '3 days', case when o.id % 9 = 0 then 'return' else 'buyout' end
from wb_orders o
where o.cabinet_id = $1::bigint and o.status = 'active' and o.order_date < now() - interval '4 days'`;

/** Two warehouses a product; some run low, some are empty (those call for no chunk). */
export const INSERT_STOCKS = `
insert into wb_stocks (cabinet_id, nm_id, article, name, brand, category, size, quantity, quantity_full, warehouse_name, price, discount)
select p.cabinet_id, p.nm_id, p.vendor_code, p.name, p.brand, p.category, 'M', (p.id * 7 + place.n * 5) % 43,
  (p.id * 7 + place.n * 5) % 43 + 3, place.name, p.price, 20
from wb_products p cross join (values (1, 'Коледино'), (2, 'Казань')) as place (n, name)
where p.cabinet_id = $1::bigint`;

/** Two reviews a product, from delighted to angry. */
export const INSERT_REVIEWS = `
insert into wb_reviews (cabinet_id, review_id, nm_id, rating, pros, cons, text, is_answered, created_date)
select p.cabinet_id, 'demo-review-' || p.nm_id || '-' || v.n, p.nm_id, v.rating, v.pros, v.cons, v.text, v.n % 2 = 0,
  now() - make_interval(days => (v.n * 5 + p.id % 20)::int)
from wb_products p
join (values
  (0, 5, 'Качество отличное, доставили быстро', null, 'Очень довольна покупкой, беру уже второй раз и всем советую!'),
  (1, 4, 'Хорошо сидит, приятный материал', 'Упаковка помялась', 'В целом всё понравилось, цвет как на фото.'),
  (2, 3, 'Цена', 'Качество среднее', 'Нормально за эти деньги, но ожидал большего.'),
  (3, 2, null, 'Пришло с браком, нитки торчат', 'Не соответствует описанию, разочарован. Оформлю возврат.'),
  (4, 1, null, 'Сломалось на третий день', 'Ужасное качество, деньги на ветер. Никому не рекомендую!')
) as v (n, rating, pros, cons, text) on v.n in (p.id % 5, (p.id + 2) % 5)
where p.cabinet_id = $1::bigint`;

export const SHOP_STATEMENTS = [
  INSERT_PRODUCTS,
  INSERT_ORDERS,
  INSERT_SALES,
  INSERT_STOCKS,
  INSERT_REVIEWS,
] as const;
