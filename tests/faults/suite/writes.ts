import type { Random } from './random.ts';

/** One statement of a writer. */
export interface Statement {
  text: string;
  values: (string | number | boolean | string[])[];
}

/** What a writer does at a time: statements on their own, or in one transaction. */
export interface Write {
  kind: string;
  statements: Statement[];
  end: 'autocommit' | 'commit' | 'rollback';
}

/** Texts that the provider never embeds, whatever else stands in them: `provider-faults.ts` says what it does instead. */
export const REFUSED_WORDS = ['НЕДОПУСТИМО', 'ПЯТЬСОТ', 'ОБРЫВ', 'ПОДДВЕСТИ', 'ЗАПРЕТ'] as const;
export const CABINETS = [1, 2, 3] as const;
/** Comes and goes as a whole. */
const FLEETING_CABINET = 4;
const PRODUCTS = 12;

const TABLES = {
  wb_orders: { key: 'order_id', text: 'brand' },
  wb_stocks: { key: 'size', text: 'brand' },
  wb_reviews: { key: 'review_id', text: 'text' },
  wb_sales: { key: 'sale_id', text: 'brand' },
} as const;
type Table = keyof typeof TABLES;
const TABLE_NAMES = Object.keys(TABLES) as Table[];

const WORDS = ['Кружка', 'Чайник', 'Ёлка', 'Кофта', 'Mug', 'Скатерть', 'Лампа', 'Плед'];

export function createWrites(random: Random, writer: number): () => Write {
  let serial = 0;

  const unique = () => `${random.pick(WORDS)} ${writer}-${++serial}`;
  /** Few enough for a text to be met again, in another row or cabinet; now and then one that is refused. */
  const words = () => {
    if (random.chance(0.004)) return `${random.pick(REFUSED_WORDS)} ${random.below(50)}`;
    return random.chance(0.3) ? `${random.pick(WORDS)} ${random.below(20)}` : unique();
  };
  const cabinet = () => random.pick(CABINETS);
  const nmId = () => 1 + random.below(PRODUCTS);
  const pick = (table: string, limit: number) =>
    `select id from ${table} where cabinet_id = ${cabinet()} order by md5(id::text || '${random.below(1e6)}') limit ${limit}`;

  function insert(table: Table, count: number): Statement {
    const { key, text } = TABLES[table];
    const extra = table === 'wb_stocks' ? ', quantity' : '';
    return {
      text: `insert into ${table} (cabinet_id, nm_id, ${key}, ${text}${extra})
        select $1, 1 + n % ${PRODUCTS}, $2 || '/' || n, $3 || case when $4 then ' ' || n else '' end${extra && ', n % 4'}
        from generate_series(1, $5::int) n`,
      values: [cabinet(), unique(), words(), random.chance(0.7), count],
    };
  }

  function update(table: Table, limit: number): Statement {
    return {
      text: `update ${table} set ${TABLES[table].text} = $1 where id in (${pick(table, limit)})`,
      values: [words()],
    };
  }

  function rename(): Statement {
    return {
      text: `insert into wb_products (cabinet_id, nm_id, name, price) values ($1, $2, $3, $4)
        on conflict (cabinet_id, nm_id) do update set name = excluded.name, price = excluded.price`,
      values: [cabinet(), nmId(), words(), random.below(5_000)],
    };
  }

  /** There and back again: the text that was embedded first is the last one, whatever is under way in between. */
  function thereAndBack(): Statement[] {
    const table = random.pick(TABLE_NAMES);
    const { key, text } = TABLES[table];
    const of = cabinet();
    const name = unique();
    const extra = table === 'wb_stocks' ? ['quantity', '5'] : undefined;
    const set = (value: string): Statement => ({
      text: `insert into ${table} (cabinet_id, nm_id, ${key}, ${text}${extra === undefined ? '' : `, ${extra[0]!}`})
        values ($1, $2, $3, $4${extra === undefined ? '' : `, ${extra[1]!}`})
        on conflict ${table === 'wb_stocks' ? '(cabinet_id, nm_id, size_key, warehouse_key) do update set brand = excluded.brand' : `(cabinet_id, ${key}) do update set ${text} = excluded.${text}`}`,
      values: [of, 1 + (serial % PRODUCTS), name, value],
    });
    return [set(`${name} А`), set(`${name} Б`), set(`${name} А`)];
  }

  const kinds: [weight: number, kind: string, make: () => Omit<Write, 'kind'>][] = [
    [20, 'insert', () => alone(insert(random.pick(TABLE_NAMES), 1))],
    [10, 'insert of many', () => alone(insert(random.pick(TABLE_NAMES), 2 + random.below(40)))],
    [25, 'update', () => alone(update(random.pick(TABLE_NAMES), 1 + random.below(4)))],
    [4, 'update of many', () => alone(update(random.pick(TABLE_NAMES), 40))],
    [10, 'there and back', () => ({ statements: thereAndBack(), end: 'autocommit' })],
    [8, 'rename', () => alone(rename())],
    [
      14,
      'delete',
      () => {
        const table = random.pick(TABLE_NAMES);
        return alone({
          text: `delete from ${table} where id in (${pick(table, random.below(25))})`,
          values: [],
        });
      },
    ],
    [
      2,
      'delete of a product',
      () => alone({ text: `delete from wb_products where id in (${pick('wb_products', 1)})`, values: [] }),
    ],
    [
      10,
      'transaction',
      () => ({
        statements: [
          insert(random.pick(TABLE_NAMES), 1 + random.below(5)),
          update(random.pick(TABLE_NAMES), 2),
          rename(),
        ],
        end: random.chance(0.3) ? 'rollback' : 'commit',
      }),
    ],
    [
      2,
      'cabinet off or on',
      () =>
        alone({
          text: 'update wb_cabinets set is_active = $2 where id = $1',
          values: [cabinet(), random.chance(0.7)],
        }),
    ],
    [
      2,
      'cabinet that comes and goes',
      () => {
        const come = random.chance(0.6);
        const statements: Statement[] = come
          ? [
              {
                text: `insert into wb_cabinets (id, name) values (${FLEETING_CABINET}, 'Кабинет') on conflict do nothing`,
                values: [],
              },
              {
                text: `insert into wb_orders (cabinet_id, order_id, brand) select ${FLEETING_CABINET}, $1 || n, $1 from generate_series(1, 20) n`,
                values: [unique()],
              },
            ]
          : [{ text: `delete from wb_cabinets where id = ${FLEETING_CABINET}`, values: [] }];
        return { statements, end: 'commit' };
      },
    ],
  ];
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0);

  return () => {
    let place = random.below(total);
    for (const [weight, kind, make] of kinds) {
      place -= weight;
      if (place < 0) return { kind, ...make() };
    }
    throw new Error('no kind was picked');
  };
}

function alone(statement: Statement): Omit<Write, 'kind'> {
  return { statements: [statement], end: 'autocommit' };
}

/** The cabinets with a few rows that quote one another. */
export const FIRST_ROWS = [
  `insert into wb_cabinets (id, name) select n, 'Кабинет ' || n from unnest(array[${CABINETS.join(', ')}]) n`,
  `insert into wb_products (cabinet_id, nm_id, name)
   select c.id, n, 'Товар ' || n from wb_cabinets c, generate_series(1, ${PRODUCTS}) n`,
];
