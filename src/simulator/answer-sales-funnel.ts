import { z } from 'zod';
import { json, type Answerer } from './answer.ts';
import { describeCard } from './describe-card.ts';
import { badRequest } from './problems.ts';
import type { Card, CardRating, Order } from './shop/shop.ts';
import { toMoscowDay } from './timestamps.ts';

const MAX_PRODUCTS = 1000;
const DEFAULT_PRODUCTS = 50;
const DAY_MS = 24 * 60 * 60 * 1000;

const periodSchema = z.object({ start: z.iso.date(), end: z.iso.date() });
const requestSchema = z.object({
  selectedPeriod: periodSchema,
  nmIds: z.array(z.int()).max(MAX_PRODUCTS).default([]),
  brandNames: z.array(z.string()).default([]),
  subjectIds: z.array(z.int()).default([]),
  tagIds: z.array(z.int()).default([]),
  limit: z.int().min(1).max(MAX_PRODUCTS).default(DEFAULT_PRODUCTS),
  offset: z.int().min(0).default(0),
});
type Request = z.infer<typeof requestSchema>;

/** Ratings and stocks of the catalogue. Of the funnel itself only orders are the shop's; the rest follows from them. */
export const answerSalesFunnel: Answerer = ({ body, shop, at }) => {
  const request = requestSchema.safeParse(body);
  if (!request.success) return badRequest('analytics', z.prettifyError(request.error));
  const { selectedPeriod: period, limit, offset } = request.data;
  if (period.start > period.end) return badRequest('analytics', 'invalid: selectedPeriod (start after end)');
  const ratings = new Map(shop.ratings(at).map((rating) => [rating.nmId, rating]));
  const page = shop
    .cards(at)
    .filter((card) => matches(card, request.data))
    // The cards' own order moves with every change of one, which would shift the pages.
    .sort((a, b) => a.nmId - b.nmId)
    .slice(offset, offset + limit);
  const orders = Map.groupBy(
    shop.orders(at).filter((order) => isWithin(order, period)),
    (order) => order.card.nmId,
  );
  const products = page.map((card) => ({
    product: showProduct(card, ratings.get(card.nmId)),
    statistic: { selected: showStatistic(orders.get(card.nmId) ?? [], period) },
  }));
  return json({ data: { products, currency: 'RUB' } });
};

function matches(card: Card, { nmIds, brandNames, subjectIds, tagIds }: Request): boolean {
  const admits = <T>(list: readonly T[], value: T) => list.length === 0 || list.includes(value);
  return (
    admits(nmIds, card.nmId) &&
    admits(brandNames, card.brand) &&
    admits(subjectIds, card.subjectId) &&
    (tagIds.length === 0 || describeCard(card).tags.some((tag) => tagIds.includes(tag.id)))
  );
}

function isWithin(order: Order, period: Request['selectedPeriod']): boolean {
  const day = toMoscowDay(order.orderedAt);
  return day >= period.start && day <= period.end;
}

function showProduct(card: Card, rating: CardRating | undefined): object {
  const wb = rating?.stockWb ?? 0;
  const mp = rating?.stockMp ?? 0;
  return {
    nmId: card.nmId,
    title: card.title,
    vendorCode: card.vendorCode,
    brandName: card.brand,
    subjectId: card.subjectId,
    subjectName: card.subjectName,
    tags: describeCard(card).tags.map(({ id, name }) => ({ id, name })),
    productRating: rating?.productRating ?? 0,
    feedbackRating: rating?.feedbackRating ?? 0,
    stocks: { wb, mp, balanceSum: wb + mp },
  };
}

function showStatistic(orders: readonly Order[], period: Request['selectedPeriod']): object {
  const days = Math.round((Date.parse(period.end) - Date.parse(period.start)) / DAY_MS) + 1;
  const cancelled = orders.filter((order) => order.cancelledAt !== undefined);
  const sum = (list: readonly Order[]) =>
    Math.round(list.reduce((total, order) => total + order.priceWithDisc, 0));
  const counts = {
    orderCount: orders.length,
    orderSum: sum(orders),
    buyoutCount: orders.length - cancelled.length,
    buyoutSum: sum(orders) - sum(cancelled),
    cancelCount: cancelled.length,
    cancelSum: sum(cancelled),
    avgPrice: orders.length === 0 ? 0 : Math.round(sum(orders) / orders.length),
  };
  const perDay = Math.round((orders.length / days) * 100) / 100;
  const buyoutPercent = orders.length === 0 ? 0 : Math.round((counts.buyoutCount / orders.length) * 100);
  return {
    period,
    openCount: orders.length * 40,
    cartCount: orders.length * 4,
    ...counts,
    avgOrdersCountPerDay: perDay,
    shareOrderPercent: 0,
    addToWishlist: orders.length * 2,
    timeToReady: { days: 1, hours: 8, mins: 34 },
    localizationPercent: 60,
    wbClub: { ...counts, buyoutPercent, avgOrderCountPerDay: perDay },
    conversions: {
      addToCartPercent: orders.length === 0 ? 0 : 10,
      cartToOrderPercent: orders.length === 0 ? 0 : 25,
      buyoutPercent,
    },
  };
}
