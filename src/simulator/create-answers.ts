import { json, type Answerer } from './answer.ts';
import { answerCardsList, answerCardsTrash } from './answer-cards.ts';
import { answerFeedbacks, answerFeedbacksArchive } from './answer-feedbacks.ts';
import { answerItemRating } from './answer-item-rating.ts';
import { answerPrices, answerPricesByNm } from './answer-prices.ts';
import { createRemainsAnswers } from './answer-remains.ts';
import { answerSalesFunnel } from './answer-sales-funnel.ts';
import { createStatisticsAnswers, type StatisticsOptions } from './answer-statistics.ts';
import { createStocksAnswer } from './answer-stocks.ts';
import type { SimulatedEndpoint } from './routes.ts';
import { toMoscowWithOffset } from './timestamps.ts';

/** What each method answers when nothing is in the way. */
export function createAnswers(options: StatisticsOptions): Readonly<Record<SimulatedEndpoint, Answerer>> {
  const statistics = createStatisticsAnswers(options);
  const remains = createRemainsAnswers(options.warehouses);
  return {
    ping: ({ at }) => json({ TS: toMoscowWithOffset(at), Status: 'OK' }),
    sellerInfo({ shop }) {
      const { sellerId, name, tin, tradeMark } = shop.seller;
      return json({ name, sid: sellerId, tin, tradeMark });
    },
    cardsList: answerCardsList,
    cardsTrash: answerCardsTrash,
    prices: answerPrices,
    pricesByNm: answerPricesByNm,
    orders: statistics.orders,
    sales: statistics.sales,
    stocks: createStocksAnswer(options.warehouses),
    remainsCreate: remains.create,
    remainsStatus: remains.status,
    remainsDownload: remains.download,
    salesFunnel: answerSalesFunnel,
    itemRating: answerItemRating,
    feedbacks: answerFeedbacks,
    feedbacksArchive: answerFeedbacksArchive,
  };
}
