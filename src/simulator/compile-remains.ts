import { describeCard } from './describe-card.ts';
import type { Card, CardSize, Stock } from './shop/shop.ts';

/** The properties that distinguish the rows of the report; a property that is left out does not appear in them. */
export interface RemainsGrouping {
  groupByBrand?: boolean;
  groupBySubject?: boolean;
  groupBySa?: boolean;
  groupByNm?: boolean;
  groupByBarcode?: boolean;
  groupBySize?: boolean;
}

export interface RemainsOptions {
  grouping: RemainsGrouping;
  warehouses: 'hidden' | 'named';
  /** 1: with pictures, -1: without, 0: all. */
  pictures: number;
  /** 3: above three litres, -1: without a volume, 0: all. */
  volume: number;
}

export interface Remains {
  [field: string]: unknown;
  /** Missing where every amount is zero. */
  warehouses?: { warehouseName: string; quantity: number }[];
}

/** Rows among the warehouses that are none. */
const TO_CLIENT = 'В пути до получателей';
const FROM_CLIENT = 'В пути возвраты на склад WB';
const TOTAL = 'Всего находится на складах';
const HIDDEN_WAREHOUSE = 'Склад WB РФ';
const LARGE_LITRES = 3;

/** One row a group of sizes, also of those that are nowhere. */
export function compileRemains(
  cards: readonly Card[],
  stocks: readonly Stock[],
  options: RemainsOptions,
): Remains[] {
  const stocksOf = Map.groupBy(stocks, (stock) => stock.chrtId);
  const groups = new Map<string, { fields: Record<string, unknown>; stocks: Stock[] }>();
  for (const card of cards) {
    if (!isWanted(card, options)) continue;
    for (const size of card.sizes) {
      const fields = fieldsOf(card, size, options.grouping);
      const key = JSON.stringify(fields);
      const group = groups.get(key) ?? { fields, stocks: [] };
      groups.set(key, group);
      group.stocks.push(...(stocksOf.get(size.chrtId) ?? []));
    }
  }
  return [...groups.values()].map((group) => {
    const warehouses = addUp(group.stocks, options.warehouses);
    return { ...group.fields, ...(warehouses.length === 0 ? {} : { warehouses }) };
  });
}

function isWanted(card: Card, { pictures, volume }: RemainsOptions): boolean {
  if (pictures !== 0 && (card.photoUrl !== '') !== (pictures === 1)) return false;
  const litres = describeCard(card).volume;
  return volume === 0 || (volume === 3 ? litres > LARGE_LITRES : litres === 0);
}

function fieldsOf(card: Card, size: CardSize, grouping: RemainsGrouping): Record<string, unknown> {
  return {
    ...(grouping.groupByBrand === true ? { brand: card.brand } : {}),
    ...(grouping.groupBySubject === true ? { subjectName: card.subjectName } : {}),
    ...(grouping.groupBySa === true ? { vendorCode: card.vendorCode } : {}),
    ...(grouping.groupByNm === true ? { nmId: card.nmId, volume: describeCard(card).volume } : {}),
    ...(grouping.groupByBarcode === true ? { barcode: size.skus[0] ?? '' } : {}),
    ...(grouping.groupBySize === true ? { techSize: size.techSize } : {}),
  };
}

function addUp(stocks: readonly Stock[], warehouses: 'hidden' | 'named'): Remains['warehouses'] & object {
  const amounts = new Map<string, number>();
  const add = (name: string, quantity: number) => amounts.set(name, (amounts.get(name) ?? 0) + quantity);
  for (const stock of stocks) {
    add(TO_CLIENT, stock.inWayToClient);
    add(FROM_CLIENT, stock.inWayFromClient);
    add(TOTAL, stock.quantity);
  }
  for (const stock of stocks)
    add(warehouses === 'hidden' ? HIDDEN_WAREHOUSE : stock.warehouseName, stock.quantity);
  return [...amounts]
    .filter(([, quantity]) => quantity !== 0)
    .map(([warehouseName, quantity]) => ({ warehouseName, quantity }));
}
