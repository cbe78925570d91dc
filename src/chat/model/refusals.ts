import { sizeRefusalOf } from '../../provider/size-refusal.ts';
import type { Complaint } from './dialect.ts';

/** The fields of the `openai` package's `APIError`, and of `ErrorInAnswer`, that are read here. */
interface HttpError extends Error {
  status: number;
  code?: unknown;
  param?: unknown;
}

/** Why a server refuses a request, where the status does not say. Only its words do: OpenAI alone gives its codes. */
export interface Refusal {
  /**
   * - `context_too_long`: it takes less text.
   * - `settings`: the model, not the request, is to blame.
   * - `other`: anything else.
   */
  kind: 'context_too_long' | 'settings' | 'other';
  /** What about the settings. */
  what?: string;
  /** It may be about a parameter only, unless the text is too long. */
  complaint?: Complaint;
}

/** Narrow, because nobody asks for a minute after a fault of the settings. */
const UNKNOWN_MODEL =
  /\bmodel\b[^.]{0,80}\b(not found|not exist)\b|\b(invalid|unknown) model\b|not a valid model\b/i;
const NO_TOOLS = /does(n't| not) support (tools|function)|tool[ _]choice requires|--enable-auto-tool-choice/i;

/** Undefined: it is no refusal but another fault. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!isHttpError(error)) return undefined;
  const { status, code, message } = error;
  const isTooLong = sizeRefusalOf({ status, code, message }) !== undefined;
  if (status !== 400 && status !== 413 && status !== 422)
    return isTooLong ? { kind: 'context_too_long' } : undefined;
  const param = typeof error.param === 'string' && error.param !== '' ? error.param : undefined;
  const complaint = { param, message };
  if (code === 'unsupported_parameter' || code === 'unsupported_value') return { kind: 'other', complaint };
  if (isTooLong) return { kind: 'context_too_long' };
  if (NO_TOOLS.test(message)) {
    return {
      kind: 'settings',
      what: 'has no tools for the model of OPENAI_CHAT_MODEL; name another',
      complaint,
    };
  }
  if (UNKNOWN_MODEL.test(message)) {
    return { kind: 'settings', what: 'does not know the model of OPENAI_CHAT_MODEL', complaint };
  }
  return { kind: 'other', complaint };
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}
