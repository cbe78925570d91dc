/**
 * A read that many ask for at once, done for all of them together: while one of a key is under way, those who come wait for
 * the next one and share it. What they get was read after they asked, so whoever has written something sees it.
 */
export function shareReads<Key, Value>(read: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const running = new Map<Key, Promise<Value>>();
  const next = new Map<Key, Promise<Value>>();

  function start(key: Key): Promise<Value> {
    const reading = read(key).finally(() => {
      if (running.get(key) === reading) running.delete(key);
    });
    running.set(key, reading);
    return reading;
  }

  return (key) => {
    // First: it may be about to begin, when the one before has just ended.
    const waiting = next.get(key);
    if (waiting !== undefined) return waiting;
    const now = running.get(key);
    if (now === undefined) return start(key);
    const begin = () => {
      next.delete(key);
      return start(key);
    };
    // What became of the one before is no matter of the next.
    const shared = now.then(begin, begin);
    next.set(key, shared);
    return shared;
  };
}
