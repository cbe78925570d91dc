/** Reads the whole body as text; `undefined` when it is longer than `maxBytes`. For everything but long lists. */
export async function readText(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    parts.push(chunk);
  }
  // Also takes a byte order mark away.
  return new TextDecoder().decode(Buffer.concat(parts));
}

/** The beginning of a body, of which no more is wanted: the text of an error. Never throws: its status says enough. */
export async function readBeginning(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      parts.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= maxBytes) break;
    }
  } catch {
    // An incomplete explanation is better than none.
  }
  return new TextDecoder().decode(Buffer.concat(parts).subarray(0, maxBytes));
}

const BEGINNING_BYTES = 4_096;

/** Keeps the first bytes of a body that is read as it comes: they say what it was, when it was no list. */
export function withBeginning(source: AsyncIterable<Uint8Array>) {
  let beginning: Uint8Array = new Uint8Array();
  return {
    async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of source) {
        if (beginning.byteLength === 0) beginning = chunk.slice(0, BEGINNING_BYTES);
        yield chunk;
      }
    },
    text: () => new TextDecoder().decode(beginning),
  };
}
