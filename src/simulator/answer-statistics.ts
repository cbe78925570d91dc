import { json, type Answer, type Answerer, type Question } from './answer.ts';
import { badRequest } from './problems.ts';
import { readInteger } from './read-parameters.ts';
import type { Order, Sale } from './shop/shop.ts';
import { parseMoment, toMoscow, toMoscowDay, toMoscowSeconds } from './timestamps.ts';

export interface StatisticsOptions {
  /** `hidden`: every warehouse is «Склад WB РФ», as since August 2026. */
  warehouses: 'hidden' | 'named';
  /** Rows of one answer with `flag=0`; 80 000 at Wildberries. */
  rowsPerPage: number;
}

const HIDDEN_WAREHOUSE = 'Склад WB РФ';
const NOT_CANCELLED = '0001-01-01T00:00:00';

/** A row of either report before it is written out. */
interface Event {
  /** `date` of the report: of the order, or of the sale. */
  at: Date;
  lastChangeAt: Date;
  show: () => object;
}

export function createStatisticsAnswers(options: StatisticsOptions): { orders: Answerer; sales: Answerer } {
  const warehouseOf = (order: Order) =>
    options.warehouses === 'hidden' ? HIDDEN_WAREHOUSE : order.warehouseName;
  return {
    orders: (question) =>
      answerReport(question, options.rowsPerPage, () =>
        question.shop.orders(question.at).map((order) => ({
          at: order.orderedAt,
          lastChangeAt: order.lastChangeAt,
          show: () => showOrder(order, warehouseOf(order)),
        })),
      ),
    sales: (question) =>
      answerReport(question, options.rowsPerPage, () =>
        question.shop.sales(question.at).map((sale) => ({
          at: sale.soldAt,
          lastChangeAt: sale.lastChangeAt,
          show: () => showSale(sale, warehouseOf(sale.order)),
        })),
      ),
  };
}

function answerReport({ query }: Question, rowsPerPage: number, read: () => Event[]): Answer {
  const text = query.get('dateFrom') ?? '';
  if (text === '') return json({ errors: ['dateFrom: field required'] }, 400);
  const from = parseMoment(text, 'Moscow');
  if (from === undefined) return badRequest('statistics', 'dateFrom: Value not validated');
  const flag = readInteger(query, 'flag', { min: 0, max: 1 });
  if (flag === 'wrong') return badRequest('statistics', 'flag: Value not validated');
  if (flag === 1) {
    const day = toMoscowDay(new Date(from));
    return json(
      read()
        .filter((event) => toMoscowDay(event.at) === day)
        .map((event) => event.show()),
    );
  }
  // From its time on, not after it: the last row of a page comes again as the first of the next.
  const events = read().filter((event) => event.lastChangeAt.getTime() >= from);
  return json(events.slice(0, rowsPerPage).map((event) => event.show()));
}

/** The fields of both reports, in the order of the official example. */
function showCommon(order: Order, at: Date, lastChangeAt: Date, warehouseName: string): object {
  return {
    date: toMoscowSeconds(at),
    lastChangeDate: toMoscow(lastChangeAt),
    warehouseName,
    warehouseType: 'Склад WB',
    countryName: order.countryName,
    oblastOkrugName: order.oblastOkrugName,
    regionName: order.regionName,
    supplierArticle: order.card.vendorCode,
    nmId: order.card.nmId,
    barcode: order.size.skus[0] ?? '',
    category: order.card.category,
    subject: order.card.subjectName,
    brand: order.card.brand,
    techSize: order.size.techSize,
    incomeID: order.incomeId,
    isSupply: false,
    isRealization: true,
    totalPrice: order.totalPrice,
    discountPercent: order.discountPercent,
    spp: order.spp,
  };
}

function showOrder(order: Order, warehouseName: string): object {
  const { cancelledAt } = order;
  return {
    ...showCommon(order, order.orderedAt, order.lastChangeAt, warehouseName),
    finishedPrice: order.finishedPrice,
    priceWithDisc: order.priceWithDisc,
    isCancel: cancelledAt !== undefined,
    cancelDate: cancelledAt === undefined ? NOT_CANCELLED : toMoscowSeconds(cancelledAt),
    sticker: order.sticker,
    gNumber: order.gNumber,
    srid: order.srid,
  };
}

function showSale(sale: Sale, warehouseName: string): object {
  const { order } = sale;
  return {
    ...showCommon(order, sale.soldAt, sale.lastChangeAt, warehouseName),
    paymentSaleAmount: sale.paymentSaleAmount,
    forPay: sale.forPay,
    finishedPrice: sale.finishedPrice,
    priceWithDisc: sale.priceWithDisc,
    saleID: sale.saleId,
    sticker: order.sticker,
    gNumber: order.gNumber,
    srid: order.srid,
  };
}
