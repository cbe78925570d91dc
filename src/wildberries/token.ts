import { z } from 'zod';
import { AppError } from '../errors.ts';

/** Kinds of tokens; limits and permissions depend on them. */
export type TokenType = 'personal' | 'service' | 'base' | 'test';

/** Categories of methods that this program calls, by the bit of the token's mask that permits them. */
export const SCOPE_BITS = { content: 1, analytics: 2, prices: 3, statistics: 5, feedbacks: 7 } as const;
export type Scope = keyof typeof SCOPE_BITS;

/** What sellers call a category where they make a token. */
export const SCOPE_NAMES: Readonly<Record<Scope, string>> = {
  content: 'Контент',
  analytics: 'Аналитика',
  prices: 'Цены и скидки',
  statistics: 'Статистика',
  feedbacks: 'Вопросы и отзывы',
};

/** A token of the Wildberries API, decoded. */
export interface WbToken {
  /** As it goes into the header `Authorization`. A secret: never logged, never part of a message. */
  readonly raw: string;
  /** `sid`: the seller that every limit counts for. */
  readonly sellerId: string;
  readonly type: TokenType;
  readonly scopes: ReadonlySet<Scope>;
  readonly readOnly: boolean;
  readonly expiresAt: Date;
}

const payloadSchema = z.object({
  sid: z.string().min(1),
  s: z.number().int().nonnegative(),
  exp: z.number().int().positive(),
  acc: z.number().int().optional(),
  for: z.string().optional(),
  t: z.boolean().optional(),
});

const ACC_TYPES = new Map<number | undefined, TokenType>([
  [1, 'base'],
  [2, 'test'],
  [3, 'personal'],
  [4, 'service'],
]);
const READ_ONLY_BIT = 30;

/** Division, because JavaScript's `&` ends at bit 31. */
function hasBit(mask: number, bit: number): boolean {
  return Math.floor(mask / 2 ** bit) % 2 === 1;
}

function typeOf(payload: z.infer<typeof payloadSchema>): TokenType {
  if (payload.t === true) return 'test';
  // An unknown kind gets the strictest limits.
  return ACC_TYPES.get(payload.acc) ?? 'base';
}

/**
 * Decodes a token as sellers paste it, with or without `Bearer `. It is a JWT whose signature nobody outside Wildberries
 * can verify: only Wildberries says whether it is valid (official description of 2026-08-19, "About the token").
 * Throws `wb_token_invalid`, never quoting the token, when it is no such thing.
 */
export function decodeToken(text: string): WbToken {
  const raw = text.trim().replace(/^bearer\s+/i, '');
  const payload = payloadSchema.safeParse(decodePayload(raw));
  if (!payload.success) {
    throw new AppError(
      'wb_token_invalid',
      'The key is not a token of the Wildberries API: that is three parts joined by dots, as the seller account shows it once ("Интеграции по API"). Set it again: PATCH /api/v1/cabinets/{id} with {"api_key": "…"}.',
    );
  }
  const { sid, s, exp } = payload.data;
  const scopes = (Object.keys(SCOPE_BITS) as Scope[]).filter((scope) => hasBit(s, SCOPE_BITS[scope]));
  return {
    raw,
    sellerId: sid,
    type: typeOf(payload.data),
    scopes: new Set(scopes),
    readOnly: hasBit(s, READ_ONLY_BIT),
    expiresAt: new Date(exp * 1000),
  };
}

function decodePayload(raw: string): unknown {
  // A header takes no other characters, and a token with a line break in it would be a broken request.
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(raw)) return undefined;
  try {
    return JSON.parse(Buffer.from(raw.split('.')[1]!, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
