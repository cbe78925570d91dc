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
