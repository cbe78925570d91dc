import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeToken } from '../../../src/wildberries/make-token.ts';
import type { Stock } from '../../../src/simulator/shop/shop.ts';
import { FROZEN_AT } from '../../helpers/test-sync.ts';
import { useSync } from './harness.ts';

type Json = Record<string, unknown>;

describe('a row of a stock report that is of no use', () => {
  const start = useSync();

  /** A cabinet with stocks of three products at least; afterwards one row of the first is spoilt and the other two are gone. */
  async function lose(
    t: Parameters<typeof start>[0],
    type: 'personal' | 'base',
    spoil: (row: Json) => void,
  ): Promise<Record<'spoilt' | 'gone' | 'other', number>> {
    const { addCabinet, syncToTheEnd, simulator, rows } = await start(t);
    const { id, shop, sellerId } = await addCabinet();
    const scopes = ['content', 'analytics', 'prices', 'statistics', 'feedbacks'] as const;
    const token = makeToken({
      sellerId,
      type,
      scopes: [...scopes],
      expiresAt: new Date('2099-01-01T00:00:00Z'),
    });
    await rows(`update wb_cabinets set api_key = $2 where id = $1`, [id, token]);
    const stocks = shop.stocks(FROZEN_AT).filter(({ quantity }) => quantity > 0);
    shop.stocks = () => stocks;
    await syncToTheEnd(id);
    const products = [...new Set(stocks.map(({ nmId }) => nmId))];
    const [spoilt, gone, other] = products as [number, number, number];
    assert.ok(products.length > 3);
    const left = stocks.filter(({ nmId }) => nmId !== gone && nmId !== other);
    shop.stocks = (): Stock[] => left;
    const isBase = type === 'base';
    const fault = simulator.faults.add({
      ...{ endpoint: isBase ? 'remainsDownload' : 'stocks', kind: 'rewrite' },
      rewrite(body) {
        const list = isBase ? (body as Json[]) : (((body as Json)['data'] as Json)['items'] as Json[]);
        spoil(list.find(({ nmId }) => nmId === spoilt)!);
        return body;
      },
    });
    assert.equal((await syncToTheEnd(id)).status, 'completed');
    assert.equal(fault.hits, 1);
    const sums = await rows(
      `select nm_id::float8 as nm, coalesce(sum(quantity), 0)::int as n from wb_stocks where cabinet_id = $1 group by 1`,
      [id],
    );
    const piecesOf = (nm: number) => Number(sums.find((row) => row['nm'] === nm)?.['n'] ?? 0);
    const before = (nm: number) =>
      stocks.filter(({ nmId }) => nmId === nm).reduce((sum, { quantity }) => sum + quantity, 0);
    // 1: what it had, 0: nothing.
    const share = (nm: number) => piecesOf(nm) / before(nm);
    return { spoilt: share(spoilt), gone: share(gone), other: share(other) };
  }

  it('leaves only its own product as it was, by its article', async (t) => {
    const kept = await lose(t, 'personal', (row) => (row['chrtId'] = 'неизвестно'));
    assert.deepEqual(kept, { spoilt: 1, gone: 0, other: 0 });
  });

  it('leaves only its own product as it was, by its size', async (t) => {
    const kept = await lose(t, 'personal', (row) => (row['nmId'] = {}));
    assert.deepEqual(kept, { spoilt: 1, gone: 0, other: 0 });
  });

  it('leaves nothing as it was when its size is nobody’s', async (t) => {
    const kept = await lose(t, 'personal', (row) => Object.assign(row, { nmId: 'x', chrtId: 5 }));
    assert.deepEqual([kept.gone, kept.other], [0, 0]);
    assert.ok(kept.spoilt < 1);
  });

  it('leaves every product as it was when it may be anybody’s', async (t) => {
    const kept = await lose(t, 'personal', (row) => Object.assign(row, { nmId: 'x', chrtId: null }));
    assert.deepEqual(kept, { spoilt: 1, gone: 1, other: 1 });
  });

  it('of a base token is known by its barcode or its vendor code, too', async (t) => {
    const byBarcode = await lose(t, 'base', (row) => Object.assign(row, { nmId: 'x', vendorCode: null }));
    assert.deepEqual(byBarcode, { spoilt: 1, gone: 0, other: 0 });
    const byArticle = await lose(t, 'base', (row) => Object.assign(row, { nmId: 'x', barcode: null }));
    assert.deepEqual(byArticle, { spoilt: 1, gone: 0, other: 0 });
    const byNothing = await lose(t, 'base', (row) =>
      Object.assign(row, { nmId: 'x', barcode: [], vendorCode: '' }),
    );
    assert.deepEqual(byNothing, { spoilt: 1, gone: 1, other: 1 });
  });
});
