import type { Aspect } from './review-aspect.ts';
import { AUDIO, BEAUTY, BLANKETS, MATS, PANS, TOYS } from './review-aspects-other.ts';
import { BAGS, CLOTHING, SHOES } from './review-aspects-worn.ts';
import type { ReviewTopic } from './subject.ts';

export const ASPECTS: Readonly<Record<ReviewTopic, readonly Aspect[]>> = {
  shoes: SHOES,
  clothing: CLOTHING,
  bags: BAGS,
  pans: PANS,
  blankets: BLANKETS,
  audio: AUDIO,
  beauty: BEAUTY,
  toys: TOYS,
  mats: MATS,
};
