-- Up Migration
-- What a search filters by, and the words that it looks for, worked out of chunk_text by the database: they can never
-- disagree with it, whoever writes it, a version of the program that does not know of them included, and rows that are there
-- already need neither a rebuild nor a new vector. docs/chunks.md says what the lines are.

-- Of a review only what stands above its long texts: somebody may write "Оценка: 5 из 5" into them.
create function rag_head(chunk_text text) returns text language sql immutable parallel safe
return split_part(split_part(split_part(chunk_text, e'\nДостоинства: ', 1), e'\nНедостатки: ', 1), e'\nТекст: ', 1);

-- The value behind a label, null without one. Two searches for a string: a regular expression took seven times as long.
create function rag_line(head text, label text) returns text language sql immutable parallel safe
return nullif(split_part(split_part(head, e'\n' || label || ': ', 2), e'\n', 1), '');

-- Null instead of an error for whatever is no number: a chunk that somebody wrote by hand must not stop a run. Of more than
-- 18 digits before the point there is nothing to filter by either. In plpgsql, as is rag_words, because Postgres builds what
-- it inlines anew for every statement that writes: all in SQL that was 1.6 ms each, with these two 0.9.
create function rag_number(value text) returns numeric language plpgsql immutable parallel safe as $$
declare
  number text := split_part(value, ' ', 1);
begin
  return case when number ~ '^-?\d{1,18}(\.\d{1,18})?$' then number::numeric end;
end
$$;

-- The value behind a label after a space, or nothing.
create function rag_part(head text, label text) returns text language sql immutable parallel safe
return coalesce(' ' || rag_line(head, label), '');

-- The words that a chunk is found by: what it is, what it names, and the long texts of a review, without labels, which stand in
-- every chunk of a type and tell nothing apart, and without sums and dates, which are compared as such. Articles (КР-42/бел)
-- are taken apart, so that they are found however they are put together; `ё` is `е`. No positions: phrases are not searched,
-- and the row stays small. Of an endless review, or name, the first 50 000 characters: a tsvector holds 1 MB, and a row that
-- somebody wrote by hand must not stop a run here either.
create function rag_words(chunk_type text, chunk_text text) returns tsvector language plpgsql immutable parallel safe as $$
begin
  return strip(to_tsvector('pg_catalog.russian'::regconfig, translate(left(
    split_part(chunk_text, e'\n', 1) || ' ' ||
    case when chunk_type = 'review' then
      public.rag_part(public.rag_head(chunk_text), 'Товар') ||
      public.rag_part(public.rag_head(chunk_text), 'Артикул WB (nm_id)') ||
      coalesce(' ' || split_part(public.rag_line(public.rag_head(chunk_text), 'Оценка'), ' ', 4), '') ||
      public.rag_part(public.rag_head(chunk_text), 'Цвет') ||
      public.rag_part(public.rag_head(chunk_text), 'Соответствие размеру') ||
      public.rag_part(public.rag_head(chunk_text), 'Отмечено покупателем') ||
      substr(chunk_text, length(public.rag_head(chunk_text)) + 1)
    else
      public.rag_part(chunk_text, 'Название') ||
      public.rag_part(chunk_text, 'Товар') ||
      public.rag_part(chunk_text, 'Артикул WB (nm_id)') ||
      public.rag_part(chunk_text, 'Артикул продавца') ||
      public.rag_part(chunk_text, 'Бренд') ||
      public.rag_part(chunk_text, 'Категория') ||
      public.rag_part(chunk_text, 'Предмет') ||
      public.rag_part(chunk_text, 'Размер') ||
      public.rag_part(chunk_text, 'Штрихкод') ||
      public.rag_part(chunk_text, 'Номер заказа') ||
      public.rag_part(chunk_text, 'Номер продажи') ||
      public.rag_part(chunk_text, 'Склад') ||
      public.rag_part(chunk_text, 'Склад отгрузки') ||
      public.rag_part(chunk_text, 'Регион доставки') ||
      public.rag_part(chunk_text, 'Статус') ||
      public.rag_part(chunk_text, 'Тип') ||
      public.rag_part(chunk_text, 'Состояние') ||
      public.rag_part(chunk_text, 'Наличие')
    end, 50000),
    '/\-_ёЁ', '    еЕ'
  )));
end
$$;

alter table rag_metadata
  add column nm_id bigint generated always as (rag_number(rag_line(rag_head(chunk_text), 'Артикул WB (nm_id)'))::bigint) stored,
  -- YYYY-MM-DD in Moscow time, as the chunk says it; text, so that nothing that is no date is an error.
  add column document_date text collate "C" generated always as (case chunk_type
    when 'order' then rag_line(chunk_text, 'Дата заказа')
    when 'sale' then rag_line(chunk_text, 'Дата')
    when 'review' then rag_line(rag_head(chunk_text), 'Дата отзыва')
  end) stored,
  -- What it has come to, in the chunk's words: the order's status, ВЫКУП or ВОЗВРАТ, how much is left, whether a review is
  -- answered (есть, нет).
  add column state text generated always as (case chunk_type
    when 'order' then rag_line(chunk_text, 'Статус')
    when 'sale' then nullif(split_part(split_part(split_part(chunk_text, e'\n', 1), '(', 2), ')', 1), '')
    when 'stock' then rag_line(chunk_text, 'Состояние')
    when 'product' then rag_line(chunk_text, 'Наличие')
    when 'review' then rag_line(rag_head(chunk_text), 'Ответ продавца')
  end) stored,
  add column rating numeric generated always as (case chunk_type
    when 'review' then rag_number(rag_line(rag_head(chunk_text), 'Оценка'))
    when 'product' then rag_number(rag_line(chunk_text, 'Рейтинг'))
  end) stored,
  add column quantity numeric generated always as (case when chunk_type in ('order', 'stock') then
    rag_number(rag_line(chunk_text, 'Количество'))
  end) stored,
  -- What it is about in roubles: what was paid, or what the product costs now.
  add column amount numeric generated always as (case
    when chunk_type in ('order', 'sale') then
      rag_number(coalesce(rag_line(chunk_text, 'Сумма'), rag_line(chunk_text, 'Цена для покупателя'), rag_line(chunk_text, 'Цена')))
    when chunk_type in ('product', 'stock') then
      rag_number(coalesce(rag_line(chunk_text, 'Цена со скидкой'), rag_line(chunk_text, 'Цена')))
  end) stored,
  add column size text generated always as (case when chunk_type <> 'review' then rag_line(chunk_text, 'Размер') end) stored,
  add column name text generated always as (case when chunk_type = 'product' then rag_line(chunk_text, 'Название')
    else rag_line(rag_head(chunk_text), 'Товар') end) stored,
  add column article text generated always as (case when chunk_type <> 'review' then rag_line(chunk_text, 'Артикул продавца') end) stored,
  add column brand text generated always as (case when chunk_type <> 'review' then rag_line(chunk_text, 'Бренд') end) stored,
  add column category text generated always as (case when chunk_type <> 'review' then rag_line(chunk_text, 'Категория') end) stored,
  add column subject text generated always as (case when chunk_type <> 'review' then rag_line(chunk_text, 'Предмет') end) stored,
  add column region text generated always as (case when chunk_type = 'order' then rag_line(chunk_text, 'Регион доставки') end) stored,
  -- Where it lies, or left from.
  add column warehouse text generated always as (case chunk_type
    when 'stock' then rag_line(chunk_text, 'Склад')
    when 'order' then rag_line(chunk_text, 'Склад отгрузки')
  end) stored,
  add column in_way_to_client numeric generated always as (case when chunk_type = 'stock' then
    rag_number(rag_line(chunk_text, 'В пути к клиенту'))
  end) stored,
  add column in_way_from_client numeric generated always as (case when chunk_type = 'stock' then
    rag_number(rag_line(chunk_text, 'В пути от клиента'))
  end) stored,
  add column words tsvector generated always as (rag_words(chunk_type, chunk_text)) stored;

-- Each search asks how many products there are and which changed last, and does not read their rows for it.
create index rag_metadata_products_idx on rag_metadata (cabinet_id, updated_at) where source_table = 'wb_products';
-- A search reads the names of what has come since the one before it.
create index rag_metadata_others_idx on rag_metadata (cabinet_id, updated_at) where source_table <> 'wb_products';

-- Down Migration
drop index rag_metadata_others_idx;
drop index rag_metadata_products_idx;
alter table rag_metadata
  drop column nm_id,
  drop column document_date,
  drop column state,
  drop column rating,
  drop column quantity,
  drop column amount,
  drop column size,
  drop column name,
  drop column article,
  drop column brand,
  drop column category,
  drop column subject,
  drop column region,
  drop column warehouse,
  drop column in_way_to_client,
  drop column in_way_from_client,
  drop column words;
drop function rag_words(text, text);
drop function rag_part(text, text);
drop function rag_number(text);
drop function rag_line(text, text);
drop function rag_head(text);
