-- Up Migration
-- Words are found whatever LC_CTYPE the database was made with. With C or POSIX, Postgres lowers no letter but those of ASCII,
-- so that the stemmer does not know a capitalised Russian word, and takes quotes and dashes outside of ASCII for letters; with
-- a Turkish one it lowers I to ı.

-- What lower() and the parser of text search do where they know Russian, for where they do not. Letters are those of Latin and
-- Cyrillic alphabets; all else outside of ASCII is a space.
create function rag_fold(words text) returns text language sql immutable parallel safe
return translate(
  regexp_replace(words, '[^ -~À-ÖØ-öø-ɏЀ-ԯ[:space:]]', ' ', 'g'),
  'ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯҐҒҚҢҮҰҲҶҺӘӨĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽ',
  'abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяґғқңүұҳҷһәөāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżž'
);

-- The functions of 013, without a backslash, whose meaning is the session's to set (standard_conforming_strings).
create or replace function rag_number(value text) returns numeric language plpgsql immutable parallel safe as $$
declare
  number text := split_part(value, ' ', 1);
begin
  return case when number ~ '^-?[0-9]{1,18}([.][0-9]{1,18})?$' then number::numeric end;
end
$$;

create or replace function rag_words(chunk_type text, chunk_text text) returns tsvector language plpgsql immutable parallel safe as $$
declare
  words text;
begin
  words := translate(left(
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
    end, 50000), '/-_ёЁ' || chr(92), '   еЕ ');
  if lower('IЖ') <> 'iж' then
    words := public.rag_fold(words);
  end if;
  return strip(to_tsvector('pg_catalog.russian'::regconfig, words));
end
$$;

do $$
begin
  if lower('IЖ') <> 'iж' then
    update rag_metadata set chunk_text = chunk_text;
  end if;
end
$$;

-- Down Migration
create or replace function rag_words(chunk_type text, chunk_text text) returns tsvector language plpgsql immutable parallel safe as $$
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

create or replace function rag_number(value text) returns numeric language plpgsql immutable parallel safe as $$
declare
  number text := split_part(value, ' ', 1);
begin
  return case when number ~ '^-?\d{1,18}(\.\d{1,18})?$' then number::numeric end;
end
$$;

drop function rag_fold(text);
