import { json, type Answer, type Answerer, type Question } from './answer.ts';
import { badRequest } from './problems.ts';
import { readBoolean, readInteger } from './read-parameters.ts';
import type { Review } from './shop/shop.ts';
import { toMoscowWithOffset } from './timestamps.ts';

const MAX_TAKE = 5000;
const MAX_SKIP = 199_990;
const ARCHIVED_AFTER_MS = 30 * 24 * 60 * 60 * 1000;

/** The meaning of `isAnswered` since August 2026: there is an answer, or nothing to answer to. */
function isProcessed(review: Review): boolean {
  return review.answer !== undefined || isRatingOnly(review);
}

function isRatingOnly({ text, pros, cons, hasPhoto }: Review): boolean {
  return text === '' && pros === '' && cons === '' && !hasPhoto;
}

function isArchived(review: Review, at: Date): boolean {
  return isProcessed(review) || at.getTime() - review.createdAt.getTime() >= ARCHIVED_AFTER_MS;
}

export const answerFeedbacks: Answerer = (question) => {
  const { query, shop, at } = question;
  const answered = readBoolean(query, 'isAnswered');
  if (typeof answered === 'string') return invalid('isAnswered');
  const page = readPage(question, MAX_SKIP);
  if ('contentType' in page) return page;
  const from = readInteger(query, 'dateFrom', { min: 0 });
  const to = readInteger(query, 'dateTo', { min: 0 });
  if (from === 'wrong' || to === 'wrong') return invalid(from === 'wrong' ? 'dateFrom' : 'dateTo');

  const reviews = shop.reviews(at);
  // Not stated whether archived reviews without an answer still count as unanswered; here they do not, so that a client
  // which does not read the archive misses them.
  const unanswered = reviews.filter((review) => !isArchived(review, at));
  const processed = reviews.filter(isProcessed);
  const feedbacks = (answered ? processed : unanswered).filter((review) => {
    const seconds = Math.floor(review.createdAt.getTime() / 1000);
    return (from === 'missing' || seconds >= from) && (to === 'missing' || seconds <= to);
  });
  const counts = { countUnanswered: unanswered.length, countArchive: processed.length };
  return showEnvelope({ ...counts, feedbacks: cut(feedbacks, page, question) });
};

export const answerFeedbacksArchive: Answerer = (question) => {
  const page = readPage(question, Number.MAX_SAFE_INTEGER);
  if ('contentType' in page) return page;
  const archived = question.shop.reviews(question.at).filter((review) => isArchived(review, question.at));
  return showEnvelope({ feedbacks: cut(archived, page, question) });
};

interface Page {
  take: number;
  skip: number;
  nmId: number | undefined;
  ascending: boolean;
}

function readPage({ query }: Question, maxSkip: number): Page | Answer {
  const take = readInteger(query, 'take', { min: 1, max: MAX_TAKE });
  if (typeof take === 'string') return invalid('take');
  const skip = readInteger(query, 'skip', { min: 0, max: maxSkip });
  if (typeof skip === 'string') return invalid('skip');
  const nmId = readInteger(query, 'nmId');
  if (nmId === 'wrong') return invalid('nmId');
  const order = query.get('order') ?? 'dateDesc';
  if (order !== 'dateAsc' && order !== 'dateDesc') return invalid('order');
  return { take, skip, nmId: nmId === 'missing' ? undefined : nmId, ascending: order === 'dateAsc' };
}

function cut(
  reviews: readonly Review[],
  { take, skip, nmId, ascending }: Page,
  question: Question,
): object[] {
  const wanted = reviews.filter((review) => nmId === undefined || review.card.nmId === nmId);
  const sorted = ascending ? wanted : wanted.reverse();
  const supplierName = question.shop.seller.name;
  return sorted.slice(skip, skip + take).map((review) => showReview(review, supplierName));
}

function invalid(parameter: string): Answer {
  return badRequest('feedbacks', `Некорректный параметр запроса: ${parameter}`);
}

function showEnvelope(data: object): Answer {
  return json({ data, error: false, errorText: '', additionalErrors: null });
}

function showReview(review: Review, supplierName: string): object {
  const { card, size, answer } = review;
  const photos = `https://feedback04.wbbasket.ru/vol${Math.floor(card.nmId / 100_000)}/part${Math.floor(card.nmId / 1000)}/${card.nmId}/photos`;
  return {
    id: review.id,
    text: review.text,
    pros: review.pros,
    cons: review.cons,
    productValuation: review.rating,
    createdDate: toMoscowWithOffset(review.createdAt),
    answer: answer === undefined ? null : { text: answer.text, state: 'wbRu', editable: false },
    state: answer === undefined ? 'none' : 'wbRu',
    productDetails: {
      imtId: card.imtId,
      nmId: card.nmId,
      productName: card.title,
      supplierArticle: card.vendorCode,
      supplierName,
      brandName: card.brand,
      size: size.techSize,
    },
    video: null,
    wasViewed: review.viewed,
    photoLinks: review.hasPhoto ? [{ fullSize: `${photos}/fs.webp`, miniSize: `${photos}/ms.webp` }] : null,
    userName: review.userName,
    orderStatus: review.orderStatus,
    matchingSize: review.matchingSize,
    isAbleSupplierFeedbackValuation: true,
    supplierFeedbackValuation: 0,
    isAbleSupplierProductValuation: false,
    supplierProductValuation: 0,
    isAbleReturnProductOrders: false,
    returnProductOrdersDate: null,
    bables: review.bables.length === 0 ? null : review.bables,
    lastOrderShkId: review.lastOrderShkId,
    lastOrderCreatedAt: toMoscowWithOffset(review.lastOrderAt),
    color: card.color,
    subjectId: card.subjectId,
    subjectName: card.subjectName,
    parentFeedbackId: null,
    childFeedbackId: null,
  };
}
