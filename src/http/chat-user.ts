import type { Principal } from './context.ts';

/**
 * Whose message it is: of the user that the holder of the key names, or the key's own. What is named gets a prefix, so that
 * nobody can be called like a key or the operator.
 */
export function askerOf(principal: Principal, user: string | undefined): string {
  if (user !== undefined) return `user:${user}`;
  return principal.kind === 'operator' ? 'operator' : `key:${principal.keyId}`;
}

/** Whose conversations may be read; undefined: everybody's in the cabinet, which is the operator's who names nobody. */
export function readableBy(principal: Principal, user: string | undefined): string | undefined {
  return user === undefined && principal.kind === 'operator' ? undefined : askerOf(principal, user);
}

/** The same in an answer: the user as they were named, or the key; both null: the operator. */
export function shownAsker(asker: string): { user: string | null; key_id: number | null } {
  const [, kind, rest] = /^(user|key):(.*)$/s.exec(asker) ?? [];
  return { user: kind === 'user' ? rest! : null, key_id: kind === 'key' ? Number(rest) : null };
}
