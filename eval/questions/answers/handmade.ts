/** The products of eval/handmade-products.ts, as conditions. */
export const TRAINERS = 'x.nm_id = 211000001';
export const TEE = 'x.nm_id = 211000002';
export const SOCKS = 'x.nm_id = 211000003';
export const MUG = 'x.nm_id = 211000004';
export const RAINCOAT = 'x.nm_id = 211000005';

export const sameNm = 'x.nm_id = g.nm_id';
