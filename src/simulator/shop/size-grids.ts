export interface SizeGrid {
  /** techSize and wbSize, from small to large. */
  sizes: readonly (readonly [string, string])[];
  /** Others are one size fits all, or have none. */
  sized: boolean;
}

function numbered(from: number, to: number, step: number): SizeGrid {
  const sizes: [string, string][] = [];
  for (let size = from; size <= to; size += step) sizes.push([String(size), String(size)]);
  return { sizes, sized: true };
}

const LETTERS = [
  ['XS', '42'],
  ['S', '44'],
  ['M', '46'],
  ['L', '48'],
  ['XL', '50'],
  ['XXL', '52'],
  ['3XL', '54'],
  ['4XL', '56'],
] as const;

export const NO_SIZES: SizeGrid = { sizes: [['0', '']], sized: false };
export const SHOE_SIZES = numbered(36, 45, 1);
export const DRESS_SIZES = numbered(42, 56, 2);
export const JACKET_SIZES = numbered(42, 58, 2);
export const JEANS_SIZES = numbered(25, 34, 1);
export const LETTER_SIZES: SizeGrid = { sizes: LETTERS, sized: true };
export const SPORT_SIZES: SizeGrid = { sizes: LETTERS.slice(0, 6), sized: true };
/** A child's height in cm. */
export const HEIGHTS = numbered(80, 140, 6);
