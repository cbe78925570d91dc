import type { IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';

/** The body of a request, and what it says as JSON: `undefined` when there is none or it is no JSON. */
export async function readJsonBody(request: IncomingMessage): Promise<{ text: string; body: unknown }> {
  const text = await readText(request);
  try {
    return { text, body: JSON.parse(text) };
  } catch {
    return { text, body: undefined };
  }
}
