/** A fault that a server tells inside an answer with status 200, with the status that it should have had. */
export class ErrorInAnswer extends Error {
  readonly status: number;
  readonly code: string | null;
  readonly param: string | undefined;

  constructor(status: number, error: { message: string; code: string | null; param: string | undefined }) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.param = error.param;
  }
}

/** What `{"error": …}` says, of a whole answer or of a piece of a stream; undefined where there is none. */
export function errorInAnswer(chunk: unknown): ErrorInAnswer | undefined {
  if (typeof chunk !== 'object' || chunk === null) return undefined;
  const { error, choices } = chunk as { error?: unknown; choices?: unknown };
  const told = error ?? errorOfChoice(Array.isArray(choices) ? choices[0] : undefined);
  if (told === undefined || told === null) return undefined;
  const { message, code, type, param } = Object(told) as Record<string, unknown>;
  return new ErrorInAnswer(statusOf(code, type), {
    message: typeof message === 'string' ? message : typeof told === 'string' ? told : JSON.stringify(told),
    code: typeof code === 'string' ? code : null,
    param: typeof param === 'string' ? param : undefined,
  });
}

/** Where OpenRouter puts it, or only says that there was one. */
function errorOfChoice(choice: unknown): unknown {
  const { error, finish_reason: finish } = Object(choice) as { error?: unknown; finish_reason?: unknown };
  return error ?? (finish === 'error' ? 'the model broke off' : undefined);
}

/** `code` is a word of OpenAI, or the status itself. */
function statusOf(code: unknown, type: unknown): number {
  if (/^[45]\d\d$/.test(String(code))) return Number(code);
  const words = `${String(code)} ${String(type)}`;
  if (/rate_limit/.test(words)) return 429;
  if (/invalid_request|context_length|content_filter|content_policy/.test(words)) return 400;
  return 500;
}
