const endless = new WeakSet<object>();

/**
 * Says of an answer that it has no end of its own: a server that stops does not wait for it as for others. Not told by its
 * Content-Type, which an answer that Node has begun does not say any more, and which answers with an end have, too.
 */
export function markEndless(response: object | undefined): void {
  if (response !== undefined) endless.add(response);
}

export function isEndless(response: object): boolean {
  return endless.has(response);
}
