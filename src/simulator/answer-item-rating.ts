import { z } from 'zod';
import { json, type Answerer } from './answer.ts';
import { describeCard } from './describe-card.ts';
import { badRequest } from './problems.ts';
import type { Card, CardRating, Review } from './shop/shop.ts';
import { toMoscowDay } from './timestamps.ts';

const STARS = ['oneStar', 'twoStar', 'threeStar', 'fourStar', 'fiveStar'] as const;
const MAX_ITEMS = 1000;
const DEFAULT_ITEMS = 100;
const MAX_INT32 = 2 ** 31 - 1;

const requestSchema = z.object({
  currentPeriod: z.object({ start: z.iso.date(), end: z.iso.date() }),
  nmIds: z.array(z.int().max(MAX_INT32)).max(50).default([]),
  orderBy: z.object({
    field: z.enum(['feedbackRating', 'feedbackCount', ...STARS, 'disqualified']),
    mode: z.enum(['asc', 'desc']),
  }),
  limit: z.int().min(1).max(MAX_ITEMS).default(DEFAULT_ITEMS),
  offset: z.int().min(0),
});

export const answerItemRating: Answerer = ({ body, shop, at }) => {
  const request = requestSchema.safeParse(body);
  if (!request.success) return badRequest('analytics', z.prettifyError(request.error));
  const { currentPeriod, nmIds, orderBy, limit, offset } = request.data;
  const reviews = shop.reviews(at);
  const inPeriod = reviews.filter((review) => {
    const day = toMoscowDay(review.createdAt);
    return day >= currentPeriod.start && day <= currentPeriod.end;
  });
  const byCard = Map.groupBy(inPeriod, (review) => review.card.nmId);
  const ratings = new Map(shop.ratings(at).map((rating) => [rating.nmId, rating]));
  const direction = orderBy.mode === 'asc' ? 1 : -1;
  const items = shop
    .cards(at)
    .filter((card) => nmIds.length === 0 || nmIds.includes(card.nmId))
    .map((card) => ({
      card,
      counts: countStars(byCard.get(card.nmId) ?? []),
      rating: ratings.get(card.nmId),
    }))
    .sort(
      (a, b) =>
        direction * (sortKey(a, orderBy.field) - sortKey(b, orderBy.field)) || a.card.nmId - b.card.nmId,
    )
    .slice(offset, offset + limit)
    .map(showItem);
  return json({
    data: {
      sellerRating: { current: average(reviews) },
      feedbackIncrease: showIncrease(inPeriod, reviews),
      items,
    },
  });
};

interface Item {
  card: Card;
  counts: StarCounts;
  rating: CardRating | undefined;
}
type StarCounts = Record<(typeof STARS)[number], number>;

function countStars(reviews: readonly Review[]): StarCounts {
  const counts = { oneStar: 0, twoStar: 0, threeStar: 0, fourStar: 0, fiveStar: 0 };
  for (const review of reviews) counts[STARS[review.rating - 1]!]++;
  return counts;
}

function totalOf(counts: StarCounts): number {
  return STARS.reduce((sum, star) => sum + counts[star], 0);
}

function average(reviews: readonly Review[]): number {
  if (reviews.length === 0) return 0;
  return Math.round((reviews.reduce((sum, { rating }) => sum + rating, 0) / reviews.length) * 100) / 100;
}

function sortKey({ counts, rating }: Item, field: z.infer<typeof requestSchema>['orderBy']['field']): number {
  if (field === 'feedbackRating') return rating?.feedbackRating ?? 0;
  if (field === 'feedbackCount') return totalOf(counts);
  return field === 'disqualified' ? 0 : counts[field];
}

function showItem({ card, counts, rating }: Item): object {
  const [tag] = describeCard(card).tags;
  return {
    nmId: card.nmId,
    title: card.title,
    vendorCode: card.vendorCode,
    subjectId: card.subjectId,
    subjectName: card.subjectName,
    brandName: card.brand,
    tagName: tag?.name ?? '',
    tagId: tag?.id ?? 0,
    pinnedFeedback: false,
    rating: rating?.productRating ?? 0,
    feedbackRating: { current: rating?.feedbackRating ?? 0, percentile: null },
    feedbackCount: { current: totalOf(counts) },
    ...Object.fromEntries(STARS.map((star) => [star, { current: counts[star] }])),
    disqualified: 0,
    isShadowed: false,
  };
}

function showIncrease(inPeriod: readonly Review[], all: readonly Review[]): object {
  const [current, total] = [countStars(inPeriod), countStars(all)];
  return {
    current: inPeriod.length,
    total: all.length,
    dynamics: 0,
    ...Object.fromEntries(STARS.map((star) => [star, { current: current[star], total: total[star] }])),
  };
}
