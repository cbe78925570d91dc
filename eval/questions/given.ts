import type { View } from './views.ts';

/**
 * The product with the n-th most rows of a view that fulfil a condition: of equals the one with the lower number. Typing
 * errors are made of its words: `*_gap` lacks the third letter, `*_swap` has the second and third swapped, `*_latin` was
 * typed with the keyboard in the wrong layout.
 */
export function product(n: number, view: View = 'sales', condition = 'true'): string {
  return `select p.nm_id, p.vendor_code, p.name, p.brand, p.category, p.thing, p.model,
      lower(p.model) as said, lower(p.vendor_code) as code,
      ${gap('p.thing')} as thing_gap, ${gap('lower(p.model)')} as model_gap,
      ${swap('p.thing')} as thing_swap, ${swap('lower(p.model)')} as model_swap,
      ${wrongLayout('p.thing')} as thing_latin, ${wrongLayout('lower(p.model)')} as model_latin,
      count(*) as n
    from products p join ${view} x on x.nm_id = p.nm_id
    where ${condition}
    group by p.nm_id, p.vendor_code, p.name, p.brand, p.category, p.thing, p.model
    order by n desc, p.nm_id offset ${n - 1} limit 1`;
}

/**
 * As `product`, of those with an article like KRS-TPL-02567, and with other spellings of it: with spaces, in one word, its number alone, and its Latin letters as
 * Cyrillic ones that sound alike.
 */
export function article(n: number, view: View = 'sales', condition = 'true'): string {
  return `select p.*, replace(p.code, '-', ' ') as spaced, replace(p.code, '-', '') as joined,
      split_part(p.code, '-', 3) as number,
      translate(p.code, 'abdefgiklmnoprstuvz', 'абдефгиклмнопрстувз') as cyrillic
    from (${product(n, view, `p.vendor_code ~ '^[A-Z]{3}-' and ${condition}`)}) p`;
}

/** The n-th most frequent value of a column of a view, among rows that fulfil a condition, as that column. */
export function value(n: number, view: View, column: string, condition = 'true'): string {
  return `select ${column}, lower(${column}::text) as said, ${gap(`lower(${column}::text)`)} as gap,
      ${swap(`lower(${column}::text)`)} as swap, ${wrongLayout(`lower(${column}::text)`)} as latin
    from ${view} x where ${column} is not null and ${condition}
    group by ${column} order by count(*) desc, ${column} offset ${n - 1} limit 1`;
}

/** A round sum such that about the given share of the rows is below it: thousands, or hundreds below two thousand. */
export function sum(share: number, view: View, column: string, condition = 'true'): string {
  return `select case when edge < 2000 then ceil(edge / 100) * 100 else ceil(edge / 1000) * 1000 end::int as sum
    from (select percentile_cont(${share}) within group (order by ${column}) as edge
          from ${view} x where ${condition}) e`;
}

/** A number of days, in tens, within which about the given share of the products that sell runs out. */
export function daysOfCover(share: number): string {
  return `select (ceil(edge / 10) * 10)::int as days
    from (select percentile_disc(${share}) within group (order by cover_days) as edge from cover) e`;
}

function gap(word: string): string {
  return `overlay(${word} placing '' from 3 for 1)`;
}

function swap(word: string): string {
  return `(left(${word}, 1) || substr(${word}, 3, 1) || substr(${word}, 2, 1) || substr(${word}, 4))`;
}

function wrongLayout(word: string): string {
  return `translate(${word}, 'йцукенгшщзфывапролдячсмитьхъжэбюё', 'qwertyuiopasdfghjklzxcvbnm[];'',.\`')`;
}
