/**
 * A `fetch` for the `openai` package, which reads an error only in the form `{"error": {…}}` and says "no body" to
 * what other servers answer: `{"detail": …}` of FastAPI, `{"message": …}` of vLLM. These are put into that form. Redirects
 * are not followed: texts, questions and the key are for the server that was configured.
 */
export const fetchWithReadableErrors: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'manual' });
  if (response.ok) return response;
  const text = await response.text();
  const { status, statusText, headers } = response;
  // A 304 may have no body, not even an empty one.
  return new Response(text === '' ? null : readableError(text), { status, statusText, headers });
};

function readableError(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof body !== 'object' || body === null || 'error' in body) return text;
  const { detail, message = detail, param, code } = body as Record<string, unknown>;
  if (message === undefined) return JSON.stringify({ error: { message: text } });
  return JSON.stringify({
    error: { message: wordsOf(message), param, code: typeof code === 'string' ? code : null },
  });
}

function wordsOf(message: unknown): string {
  if (typeof message === 'string') return message;
  if (!Array.isArray(message)) return JSON.stringify(message);
  // Pydantic's list of faults. What it quotes of the request is left out: it may be all of it.
  return message
    .map((fault: unknown) => {
      const { loc, msg } = (fault ?? {}) as { loc?: unknown; msg?: unknown };
      return Array.isArray(loc) && typeof msg === 'string'
        ? `${loc.join('.')}: ${msg}`
        : JSON.stringify(fault);
    })
    .join('; ');
}
