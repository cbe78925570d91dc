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

/**
 * What `{"error": …}` says, of a whole answer or of a piece of a stream; also `{"detail": …}` and `{"message": …}` in place of
 * any answer. Undefined where there is none.
 */
export function errorInAnswer(chunk: unknown): ErrorInAnswer | undefined {
  if (typeof chunk !== 'object' || chunk === null) return undefined;
  const { error, choices } = chunk as { error?: unknown; choices?: unknown };
  const told =
    error ?? errorOfChoice(Array.isArray(choices) ? choices[0] : undefined) ?? errorInPlaceOf(chunk);
  if (told === undefined || told === null) return undefined;
  const { message, code, type, param } = Object(told) as Record<string, unknown>;
  return new ErrorInAnswer(statusOf(code, type), {
    message: typeof message === 'string' ? message : typeof told === 'string' ? told : JSON.stringify(told),
    code: typeof code === 'string' ? code : null,
    param: typeof param === 'string' ? param : undefined,
  });
}

function errorInPlaceOf(answer: object): unknown {
  if ('choices' in answer || 'data' in answer || 'usage' in answer) return undefined;
  const { detail, message = detail, ...rest } = answer as { detail?: unknown; message?: unknown };
  return typeof message === 'string' ? { ...rest, message } : message;
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
  if (/authentication|invalid_api_key|unauthorized/.test(words)) return 401;
  if (/permission|forbidden|unsupported_country/.test(words)) return 403;
  if (/model_not_found/.test(words)) return 404;
  if (/rate_limit/.test(words)) return 429;
  if (/invalid_request|context_length|content_filter|content_policy/.test(words)) return 400;
  return 500;
}
