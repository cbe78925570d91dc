import { z } from 'zod';
import { json, noContent, type Answerer } from './answer.ts';
import { badRequest } from './problems.ts';
import type { Stock } from './shop/shop.ts';

const MAX_ROWS = 250_000;
const MAX_NM_IDS = 1000;

const requestSchema = z.object({
  nmIds: z.array(z.int()).max(MAX_NM_IDS).default([]),
  chrtIds: z.array(z.int()).default([]),
  limit: z.int().min(1).max(MAX_ROWS).default(MAX_ROWS),
  offset: z.int().min(0).default(0),
});

export function createStocksAnswer(warehouses: 'hidden' | 'named'): Answerer {
  return ({ body, shop, at }) => {
    const request = requestSchema.safeParse(body);
    if (!request.success) return badRequest('analytics', z.prettifyError(request.error));
    const { nmIds, chrtIds, limit, offset } = request.data;
    if (chrtIds.length > 0 && nmIds.length === 0)
      return badRequest('analytics', 'invalid: chrtIds (allowed with nmIds only)');
    const stocks = shop
      .stocks(at)
      .filter(({ nmId }) => nmIds.length === 0 || nmIds.includes(nmId))
      .filter(({ chrtId }) => chrtIds.length === 0 || chrtIds.includes(chrtId));
    const rows = warehouses === 'hidden' ? hideWarehouses(stocks) : stocks;
    const page = rows.slice(offset, offset + limit);
    return page.length === 0 ? noContent() : json({ data: { items: page.map(showStock) } });
  };
}

/** One row a size, of a warehouse that stands for all (release notes of August 2026). */
function hideWarehouses(stocks: readonly Stock[]): Stock[] {
  const bySize = new Map<number, Stock>();
  for (const stock of stocks) {
    const sum = bySize.get(stock.chrtId);
    if (sum === undefined) {
      const hidden = { warehouseId: -999_999, warehouseName: 'Склад WB', regionName: 'Склад WB' };
      bySize.set(stock.chrtId, { ...stock, ...hidden });
    } else {
      sum.quantity += stock.quantity;
      sum.inWayToClient += stock.inWayToClient;
      sum.inWayFromClient += stock.inWayFromClient;
    }
  }
  return [...bySize.values()];
}

function showStock(stock: Stock): object {
  const { nmId, chrtId, warehouseId, warehouseName, regionName } = stock;
  const { quantity, inWayToClient, inWayFromClient } = stock;
  return {
    ...{ nmId, chrtId, warehouseId, warehouseName, regionName },
    ...{ quantity, inWayToClient, inWayFromClient },
  };
}
