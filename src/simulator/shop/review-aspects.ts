import { AUDIO, BEAUTY, BLANKETS, MATS, PANS, TOYS } from './review-aspects-other.ts';
import { BAGS, CLOTHING, SHOES } from './review-aspects-worn.ts';
import type { ReviewTopic } from './subject.ts';

/**
 * One thing that people judge such goods by. A review praises some and blames others, never the same one; a bad card has
 * one that buyer after buyer complains of.
 */
export interface Aspect {
  pro: string;
  con: string;
  praise: readonly string[];
  blame: readonly string[];
}

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
