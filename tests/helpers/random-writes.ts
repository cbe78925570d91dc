import fc from 'fast-check';
import pg from 'pg';
import { SOURCE_NAMES, type SourceName } from '../../src/source-tables.ts';

/**
 * Random writes by several clients, as data: fast-check makes and shrinks them, `runWrites` performs them. Rows are
 * picked by a hash of their id and a salt, for which rows are there depends on how the clients interleave.
 */
export interface ClientWrites {
  transactions: Transaction[];
}

interface Transaction {
  /** `autocommit`: each write on its own. */
  end: 'commit' | 'rollback' | 'autocommit' | 'disconnect';
  writes: Write[];
}

type Values = Record<string, string | null>;

type Write =
  | { kind: 'insert'; source: SourceName; cabinet: number; n: number; values: Values }
  | { kind: 'bulk'; source: SourceName; cabinet: number; from: number; count: number; values: Values }
  | { kind: 'upsert'; source: SourceName; cabinet: number; n: number; values: Values }
  | { kind: 'update'; source: SourceName; salt: number; rows: number; values: Values }
  | { kind: 'move'; source: SourceName; salt: number; rows: number; cabinet: number }
  | { kind: 'renumber'; source: SourceName; salt: number; rows: number; nmId: number }
  | { kind: 'rekey'; source: SourceName; salt: number; rows: number }
  | { kind: 'delete'; source: SourceName; salt: number; rows: number }
  | { kind: 'truncate'; sources: SourceName[]; restartIdentity: boolean }
  | { kind: 'cabinet'; cabinet: number; active: boolean | 'delete' | 'create' }
  /** What follows, up to the end of the transaction or the next of these, is rolled back when `keep` is false. */
  | { kind: 'savepoint'; keep: boolean; writes: Write[] };

/** Ids of the cabinets that writes name; 'create' brings one of them back under the same id. */
const CABINETS = [1, 2, 3] as const;

/** Days of the window that the edges below are made for. */
export const WINDOW_DAYS = 90;

const HOUR_MS = 3_600_000;
const WINDOW_MS = WINDOW_DAYS * 24 * HOUR_MS;

type Form =
  | 'text'
  | 'longText'
  | 'name'
  | 'integer'
  | 'numeric'
  | 'boolean'
  | 'time'
  | 'json'
  | 'status'
  | 'type'
  | 'matchingSize';

const COLUMNS: Record<SourceName, Record<string, Form>> = {
  orders: {
    ...{ nm_id: 'integer', article: 'text', name: 'name', brand: 'text', size: 'text', barcode: 'text' },
    ...{ category: 'text', subject: 'text', quantity: 'integer', price: 'numeric', total_price: 'numeric' },
    ...{
      customer_price: 'numeric',
      discount_percent: 'numeric',
      spp_percent: 'numeric',
      warehouse_from: 'text',
    },
    ...{ warehouse_to: 'text', order_date: 'time', status: 'status', created_at: 'time', updated_at: 'time' },
  },
  products: {
    ...{
      name: 'name',
      vendor_code: 'text',
      brand: 'text',
      category: 'text',
      image_url: 'text',
      price: 'numeric',
    },
    ...{ discount_price: 'numeric', rating: 'numeric', reviews_count: 'integer', in_stock: 'boolean' },
    ...{ is_active: 'boolean', created_at: 'time', updated_at: 'time' },
  },
  stocks: {
    ...{ article: 'text', name: 'name', brand: 'text', size: 'text', barcode: 'text', quantity: 'integer' },
    ...{ quantity_full: 'integer', in_way_to_client: 'integer', in_way_from_client: 'integer' },
    ...{
      warehouse_id: 'integer',
      warehouse_name: 'text',
      last_updated: 'time',
      category: 'text',
      subject: 'text',
    },
    ...{ price: 'numeric', discount: 'numeric', created_at: 'time' },
  },
  reviews: {
    ...{ nm_id: 'integer', text: 'longText', pros: 'longText', cons: 'longText', rating: 'integer' },
    ...{
      is_answered: 'boolean',
      created_date: 'time',
      updated_date: 'time',
      user_name: 'text',
      product_name: 'name',
      color: 'text',
    },
    ...{ bables: 'json', matching_size: 'matchingSize', was_viewed: 'boolean', created_at: 'time' },
  },
  sales: {
    ...{
      order_id: 'text',
      g_number: 'text',
      nm_id: 'integer',
      product_name: 'name',
      brand: 'text',
      size: 'text',
    },
    ...{
      barcode: 'text',
      amount: 'numeric',
      sale_date: 'time',
      type: 'type',
      status: 'text',
      is_cancel: 'boolean',
    },
    ...{ last_change_date: 'time', created_at: 'time' },
  },
};

const KEY: Record<SourceName, string> = {
  orders: 'order_id',
  products: 'nm_id',
  stocks: 'nm_id',
  reviews: 'review_id',
  sales: 'sale_id',
};

const CONFLICT: Record<SourceName, string> = {
  orders: 'cabinet_id, order_id',
  products: 'cabinet_id, nm_id',
  stocks: 'cabinet_id, nm_id, size_key, warehouse_key',
  reviews: 'cabinet_id, review_id',
  sales: 'cabinet_id, sale_id',
};

const NOT_NULL = new Set(['created_at', 'updated_at', 'nm_id']);

// Few nm_ids and names, so that rows quote products that come, go and are renamed, and updates often change nothing.
const nmId = fc.integer({ min: 1, max: 6 });
const words = ['Кружка', 'Чайник', 'кофта женская', 'Ёлка  искусственная', 'Mug', '\t Чашка\n'];
const blanks = ['', ' ', '\n\t ', '\u00a0\u2003', '\ufeff', '\u3000'];
const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...words) },
  { weight: 2, arbitrary: fc.constantFrom(...blanks) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '👩‍👩‍👧‍👦🇷🇺',
      "'; drop table wb_orders; --",
      '$1 %s \\x41 \\',
      '\u200b',
      '\u0085',
      'a\r\nb',
    ),
  },
);
const longText = fc.oneof(
  { weight: 4, arbitrary: text },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'Первая строка\n\n  вторая  \r\nтретья\n',
      '\n\nТекст: поддельная строка\nЦена: 5 ₽\n',
    ),
  },
  { weight: 1, arbitrary: fc.nat(3).map((n) => 'Очень длинный отзыв 🙂\n'.repeat(500 * (n + 1))) },
);
const integer = fc.constantFrom(
  '0',
  '1',
  '3',
  '5',
  '6',
  '20',
  '21',
  '-4',
  '100000',
  '9007199254740993',
  '9223372036854775807',
);
const numeric = fc.constantFrom(
  ...[
    '0',
    '0.00',
    '5',
    '5.0',
    '1990',
    '1990.5',
    '1990.50',
    '1990.505',
    '-5',
    '-0.5',
    '100',
    '0.1000',
    '1e3',
    'NaN',
  ],
  ...['Infinity', '-Infinity', '123456789012345678901234567890.123456789'],
);
const time = fc.oneof(
  {
    weight: 3,
    // Around the edge of the window, far enough from it for the edge not to pass while a test runs.
    arbitrary: fc
      .constantFrom(-48, -25, -1, 1, 25, 48)
      .map((hours) => new Date(Date.now() - WINDOW_MS + hours * HOUR_MS).toISOString()),
  },
  {
    weight: 3,
    arbitrary: fc.nat(80 * 24).map((hours) => new Date(Date.now() - hours * HOUR_MS).toISOString()),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        'infinity',
        '-infinity',
        '12000-01-01 00:00+00',
        '9999-12-31 20:59:59.999999+00',
        '9999-12-31 21:00+00',
      ],
      ...['0044-03-15 00:00+00 BC', '0001-01-01 00:00+00', '1970-01-01 00:00+00', '2999-06-30 21:00+00'],
    ),
  },
);
const json = fc.oneof(
  fc.constantFrom('["качество", "цвет"]', '[]', 'null', '{}', '{"0": "цвет"}', '"цвет"', '5', '[[["цвет"]]]'),
  fc.constantFrom('["", " ", "цвет\\nи размер", null, 1, true, {"a": "b"}, "\\u00a0"]', '[1e400, "цвет"]'),
  fc.array(fc.oneof(text, fc.integer()), { maxLength: 4 }).map((items) => JSON.stringify(items)),
);

const FORMS: Record<Form, fc.Arbitrary<string>> = {
  text,
  longText,
  name: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...words, ...blanks) },
    { weight: 1, arbitrary: text },
  ),
  integer,
  numeric,
  boolean: fc.constantFrom('true', 'false'),
  time,
  json,
  status: fc.constantFrom('active', 'cancelled', 'bought', 'returned', 'новый статус', '', 'Active'),
  type: fc.constantFrom('buyout', 'return', 'correction', '', 'BUYOUT'),
  matchingSize: fc.constantFrom('ok', 'ок', 'smaller', 'bigger', 'впору', '', 'OK'),
};

function columnValue(column: string, form: Form): fc.Arbitrary<string | null> {
  const value = column === 'nm_id' ? nmId.map(String) : FORMS[form];
  // Postgres text holds every character but NUL, which is no valid UTF-8 to it.
  const storable = value.map((given) => given.replaceAll('\0', ''));
  return NOT_NULL.has(column) ? storable : fc.option(storable, { freq: 5 });
}

function someValues(source: SourceName, all: boolean): fc.Arbitrary<Values> {
  const columns = Object.entries(COLUMNS[source]);
  const record = Object.fromEntries(columns.map(([column, form]) => [column, columnValue(column, form)]));
  if (all) return fc.record(record);
  return fc
    .subarray(Object.keys(record), { minLength: 1, maxLength: 3 })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((column) => [column, record[column]!]))));
}

const source = fc.constantFrom(...SOURCE_NAMES);
const cabinet = fc.constantFrom(...CABINETS);
const salt = fc.nat(1000);
const rows = fc.constantFrom(1, 1, 2, 2, 5, 5, 10, 1000);
/** Of rows that are there or may be, for upserts; and of rows that are not, or seldom. */
const n = fc.integer({ min: 1, max: 12 });
const newKey = fc.integer({ min: 13, max: 999 });
const values = (of: SourceName) =>
  fc.oneof(fc.constant<Values>({}), someValues(of, false), someValues(of, true));

const plainWrite: fc.Arbitrary<Write> = fc.oneof(
  { weight: 8, arbitrary: perSource('insert', (of) => ({ cabinet, n: newKey, values: values(of) })) },
  {
    weight: 3,
    arbitrary: perSource('bulk', (of) => ({
      cabinet,
      from: fc.integer({ min: 100, max: 400 }),
      count: fc.integer({ min: 2, max: 40 }),
      values: someValues(of, false),
    })),
  },
  { weight: 3, arbitrary: perSource('upsert', (of) => ({ cabinet, n, values: someValues(of, false) })) },
  { weight: 8, arbitrary: perSource('update', (of) => ({ salt, rows, values: someValues(of, false) })) },
  { weight: 4, arbitrary: rename() },
  { weight: 1, arbitrary: perSource('move', () => ({ salt, rows, cabinet })) },
  { weight: 2, arbitrary: perSource('renumber', () => ({ salt, rows, nmId })) },
  { weight: 1, arbitrary: perSource('rekey', () => ({ salt, rows })) },
  { weight: 2, arbitrary: perSource('delete', () => ({ salt, rows })) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('truncate' as const),
      sources: fc.subarray([...SOURCE_NAMES], { minLength: 1, maxLength: 3 }),
      // Rows that come later then take the ids of rows that went.
      restartIdentity: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cabinet' as const),
      cabinet,
      active: fc.constantFrom(true, true, false, 'delete' as const, 'create' as const, 'create' as const),
    }),
  },
);

function perSource(
  kind: Write['kind'],
  fields: (of: SourceName) => Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<Write> {
  return source.chain((of) =>
    fc
      .record({ kind: fc.constant(kind), source: fc.constant(of), ...fields(of) })
      .map((write) => write as unknown as Write),
  );
}

function rename(): fc.Arbitrary<Write> {
  return fc.record({ salt, rows, name: columnValue('name', 'name') }).map((write) => ({
    kind: 'update',
    source: 'products',
    salt: write.salt,
    rows: write.rows,
    values: { name: write.name },
  }));
}

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 9, arbitrary: plainWrite },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('savepoint' as const),
      keep: fc.boolean(),
      writes: fc.array(plainWrite, { minLength: 1, maxLength: 3 }),
    }),
  },
);

const transaction: fc.Arbitrary<Transaction> = fc.record({
  end: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('commit' as const, 'autocommit' as const) },
    { weight: 2, arbitrary: fc.constant('rollback' as const) },
    { weight: 1, arbitrary: fc.constant('disconnect' as const) },
  ),
  writes: fc.array(write, { minLength: 1, maxLength: 5 }),
});

/** 2 to 4 clients with `operations` writes between them, more or less. */
export function clientWrites(operations: number): fc.Arbitrary<ClientWrites[]> {
  return fc.integer({ min: 2, max: 4 }).chain((clients) => {
    const each = Math.max(1, Math.round(operations / clients / 3));
    const one = fc.record({
      transactions: fc.array(transaction, {
        minLength: Math.ceil(each / 2),
        maxLength: each + 1,
        size: 'max',
      }),
    });
    return fc.array(one, { minLength: clients, maxLength: clients });
  });
}

export interface WriteCounts {
  /** Writes that the database took, whatever became of their transaction. */
  taken: number;
  /** Writes that it refused: a key that is there, a number out of range, a deadlock. */
  refused: number;
}

/** The cabinets that writes name, each with a few products and rows that quote their names, and nothing else. */
export async function resetCabinets(pool: pg.Pool): Promise<void> {
  await pool.query('truncate wb_cabinets cascade');
  await pool.query(
    `insert into wb_cabinets (id, name) select id, 'Кабинет ' || id from unnest($1::bigint[]) id`,
    [CABINETS],
  );
  await pool.query(
    `insert into wb_products (cabinet_id, nm_id, name)
     select c.id, n, 'Товар ' || n from wb_cabinets c, generate_series(1, 4) n`,
  );
  for (const [of, columns, row] of QUOTING_ROWS) {
    await pool.query(`insert into wb_${of} (cabinet_id, nm_id, ${columns}) select c.id, 1 + n % 4, ${row}
      from wb_cabinets c, generate_series(1, 6) n`);
  }
}

const QUOTING_ROWS = [
  ['orders', 'order_id', `'key-' || n`],
  ['stocks', 'size, quantity', `n::text, n`],
  ['reviews', 'review_id', `'key-' || n`],
  ['sales', 'sale_id', `'key-' || n`],
] as const;

/**
 * Performs the writes, each client on its own: none waits for another while it is in a transaction, so that the embedded
 * Postgres, which serves one transaction at a time, can take them too.
 */
export async function runWrites(
  connectionString: string,
  clients: readonly ClientWrites[],
): Promise<WriteCounts> {
  const counts: WriteCounts = { taken: 0, refused: 0 };
  await Promise.all(
    clients.map(async ({ transactions }) => {
      let client = await connect(connectionString);
      try {
        for (const transaction of transactions) {
          await runTransaction(client, transaction, counts);
          if (transaction.end === 'disconnect') {
            // In the middle of the transaction: the server has to roll it back.
            client.connection.stream.destroy();
            await client.end().catch(() => undefined);
            client = await connect(connectionString);
          }
        }
      } finally {
        await client.end().catch(() => undefined);
      }
    }),
  );
  return counts;
}

type RawClient = pg.Client & { connection: { stream: { destroy(): void } } };

async function connect(connectionString: string): Promise<RawClient> {
  const client = new pg.Client({ connectionString, application_name: 'random writes' }) as RawClient;
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function runTransaction(
  client: pg.Client,
  { end, writes }: Transaction,
  counts: WriteCounts,
): Promise<void> {
  if (end === 'autocommit') {
    for (const write of writes) await attempt(client, write, counts);
    return;
  }
  await client.query('begin');
  // Deadlocks between random writers are common: found at once, they cost a rollback instead of a second.
  // Only a superuser may set the first; the embedded Postgres has none, and no two transactions that could lock each other.
  await client.query(
    `select set_config('deadlock_timeout', '20ms', true) where current_setting('is_superuser') = 'on'; set local lock_timeout = '3s'`,
  );
  for (const write of writes) {
    if (!(await attempt(client, write, counts))) {
      await client.query('rollback');
      return;
    }
  }
  if (end !== 'disconnect') await client.query(end);
}

async function attempt(client: pg.Client, write: Write, counts: WriteCounts): Promise<boolean> {
  try {
    await perform(client, write, counts);
    counts.taken += 1;
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    counts.refused += 1;
    return false;
  }
}

/** 22 data, 23 constraints, 40 deadlocks, 55 locks, and a savepoint outside of a transaction. The rest is a fault of this file. */
function isRefusal(error: unknown): boolean {
  return /^(22|23|40|55P03|25P01)/.test((error as { code?: string }).code ?? '');
}

async function perform(client: pg.Client, write: Write, counts: WriteCounts): Promise<void> {
  if (write.kind === 'savepoint') {
    await client.query('savepoint s');
    let keep = write.keep;
    for (const inner of write.writes) {
      if (await attempt(client, inner, counts)) continue;
      keep = false;
      break;
    }
    await client.query(keep ? 'release savepoint s' : 'rollback to savepoint s');
    return;
  }
  const [statement, parameters] = toStatement(write);
  await client.query(statement, parameters);
}

const PICK = (table: string, salt: number, limit: number) =>
  `select id from ${table} order by md5(id::text || '/${salt}') limit ${limit}`;

function toStatement(write: Exclude<Write, { kind: 'savepoint' }>): [string, (string | number | null)[]] {
  switch (write.kind) {
    case 'insert':
    case 'upsert': {
      const { source: of } = write;
      const row: Values = {
        ...write.values,
        cabinet_id: String(write.cabinet),
        [KEY[of]]: keyValue(of, write.n),
      };
      const columns = Object.keys(row);
      const sets = Object.keys(write.values).filter((column) => column !== 'nm_id' || of === 'orders');
      const update =
        sets.length === 0
          ? 'do nothing'
          : `do update set ${sets.map((c) => `${c} = excluded.${c}`).join(', ')}`;
      return [
        `insert into wb_${of} (${columns.join(', ')}) values (${columns.map((_, i) => `$${i + 1}`).join(', ')})` +
          (write.kind === 'upsert' ? ` on conflict (${CONFLICT[of]}) ${update}` : ''),
        Object.values(row),
      ];
    }
    case 'bulk': {
      const { source: of } = write;
      const given = Object.keys(write.values).filter((column) => column !== KEY[of]);
      const key = KEY[of] === 'nm_id' ? 'n' : `'bulk-' || n`;
      const list = given.map((column, i) => `, $${i + 1}::${castOf(of, column)}`).join('');
      return [
        `insert into wb_${of} (cabinet_id, ${[KEY[of], ...given].join(', ')})
         select ${write.cabinet}, ${key}${list} from generate_series(${write.from}, ${write.from + write.count - 1}) n
         on conflict do nothing`,
        given.map((column) => write.values[column]!),
      ];
    }
    case 'update': {
      const table = `wb_${write.source}`;
      const sets = Object.keys(write.values).map((column, i) => `${column} = $${i + 1}`);
      return [
        `update ${table} set ${sets.join(', ')} where id in (${PICK(table, write.salt, write.rows)})`,
        Object.values(write.values),
      ];
    }
    case 'move':
      return [pickAndSet(write, `cabinet_id = ${write.cabinet}`), []];
    case 'renumber':
      return [
        pickAndSet({ ...write, rows: write.source === 'products' ? 1 : write.rows }, `nm_id = ${write.nmId}`),
        [],
      ];
    case 'rekey':
      return [pickAndSet(write, 'id = id + 1000000'), []];
    case 'delete': {
      const table = `wb_${write.source}`;
      return [`delete from ${table} where id in (${PICK(table, write.salt, write.rows)})`, []];
    }
    case 'truncate': {
      const tables = write.sources.map((of) => `wb_${of}`).join(', ');
      return [`truncate ${tables}${write.restartIdentity ? ' restart identity' : ''}`, []];
    }
    case 'cabinet':
      if (write.active === 'delete') return ['delete from wb_cabinets where id = $1', [write.cabinet]];
      if (write.active === 'create') {
        return [
          `insert into wb_cabinets (id, name) values ($1, 'Кабинет') on conflict do nothing`,
          [write.cabinet],
        ];
      }
      return ['update wb_cabinets set is_active = $2 where id = $1', [write.cabinet, String(write.active)]];
  }
}

function pickAndSet(write: { source: SourceName; salt: number; rows: number }, set: string): string {
  const table = `wb_${write.source}`;
  return `update ${table} set ${set} where id in (${PICK(table, write.salt, write.rows)})`;
}

function keyValue(of: SourceName, n: number): string {
  return KEY[of] === 'nm_id' ? String(n) : `key-${n}`;
}

function castOf(of: SourceName, column: string): string {
  const form = COLUMNS[of][column]!;
  const casts: Partial<Record<Form, string>> = {
    integer: 'bigint',
    numeric: 'numeric',
    boolean: 'boolean',
    time: 'timestamptz',
    json: 'jsonb',
  };
  return casts[form] ?? 'text';
}
