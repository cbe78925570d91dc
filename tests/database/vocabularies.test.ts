import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Executor } from '../../src/database/pool.ts';
import { createVocabularies } from '../../src/retrieval/vocabularies.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/test-database.ts';
import { storeChunks } from './chunk-store.ts';

const orderOf = (name: string, size: string) =>
  `Заказ\nТовар: ${name}\nАртикул WB (nm_id): 148001001\nБренд: Тополея\nРазмер: ${size}\nСклад отгрузки: Казань`;

describe('the names of a cabinet', () => {
  let database: TestDatabase;
  let reads = 0;
  let rows = 0;
  /** Counts what it is asked for. */
  const executor = {
    async query(text: string, values: unknown[]) {
      reads += 1;
      const result = await database.pool.query(text, values);
      rows += result.rows.length;
      return result;
    },
  } as Executor;
  const stateOf = (version: string) => ({ models: [], version, productsVersion: '0' });

  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());

  const store = (cabinetId: number, names: readonly string[]) =>
    storeChunks(
      database.pool,
      cabinetId,
      names.map((name, place) => ({ type: 'order' as const, text: orderOf(name, String(place)) })),
    );

  it('are read once for all who search at the same time, and have what came before they asked', async () => {
    const vocabularies = createVocabularies();
    await store(1, ['Кроссовки Роща']);
    await vocabularies.of(executor, 1, stateOf('1'));
    await store(1, ['Плед Иней']);
    reads = 0;
    const first = vocabularies.of(executor, 1, stateOf('2'));
    await store(1, ['Кеды Полюс']);
    const others = Array.from({ length: 20 }, () => vocabularies.of(executor, 1, stateOf('3')));
    const [vocabulary, ...rest] = await Promise.all([...others, first]);
    assert.ok(vocabulary.meaningOf('полюс'));
    assert.ok(rest.every((each) => each.meaningOf('иней') !== undefined));
    assert.ok(reads <= 6, `${reads} statements`);
    reads = 0;
    await vocabularies.of(executor, 1, stateOf('3'));
    assert.equal(reads, 0);
  });

  it('come as names, not as rows: of many changes at once each name is read once', async () => {
    const vocabularies = createVocabularies();
    await vocabularies.of(executor, 2, stateOf('1'));
    await store(
      2,
      Array.from({ length: 200 }, () => 'Кроссовки Роща'),
    );
    rows = 0;
    const known = await vocabularies.of(executor, 2, stateOf('2'));
    assert.ok(known.meaningOf('роща'));
    assert.equal(rows, 2);
  });
});
