/**
 * Where a redirect leads, for people: the host, or the path as well when only that is another. Never the rest, in which a
 * server may repeat a key.
 */
export function redirectTarget(location: string | null | undefined, from: string): string {
  const target = typeof location === 'string' ? URL.parse(location, from) : null;
  if (target === null) return 'nowhere that can be read';
  return target.origin === URL.parse(from)?.origin ? `${target.origin}${target.pathname}` : target.origin;
}
