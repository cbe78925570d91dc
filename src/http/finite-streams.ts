import type { ServerResponse } from 'node:http';

const finite = new WeakSet<object>();

/** Says of an event stream that it has an end: a server that stops lets it come, as with any answer, up to its deadline. */
export function letStreamEnd(response: ServerResponse | object | undefined): void {
  if (response !== undefined) finite.add(response);
}

export function endsByItself(response: ServerResponse): boolean {
  return finite.has(response);
}
