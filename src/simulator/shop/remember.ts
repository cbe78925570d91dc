/**
 * What `compute` says for a key, kept for the `limit` keys that were asked for last. A shop stays a pure function: what
 * is forgotten is computed again, and comes out the same.
 */
export function remember<Key, Value>(limit: number, compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    let value = known.get(key);
    if (value !== undefined) {
      // Insertion order is the order of the last use only if what is used moves to the end. While there is room,
      // nothing will be forgotten and the order does not matter.
      if (known.size < limit) return value;
      known.delete(key);
    } else {
      value = compute(key);
      if (known.size >= limit) known.delete(known.keys().next().value as Key);
    }
    known.set(key, value);
    return value;
  };
}
