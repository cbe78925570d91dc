import { z } from 'zod';
import type { AppError } from '../../errors.ts';
import { noAnswer, unavailable, type RequestName } from './answer-errors.ts';
import { readErrorDetail } from './error-detail.ts';
import { NoAnswer } from './network-faults.ts';
import { BrokenJson, NoList } from './read-array.ts';
import { readJson } from './read-json.ts';

/** Turns what was thrown while the body was read into an error that says which request it was. */
export function bodyFault(name: RequestName, error: unknown, beginning: string): unknown {
  if (error instanceof NoAnswer) return noAnswer(name, error);
  if (error instanceof NoList) return envelopeFault(name, parse(beginning)) ?? unexpected(name);
  if (error instanceof BrokenJson) return notJson(name, beginning);
  return error;
}

/**
 * The data of a success, as `schema` reads it; an empty body is `undefined` to it.
 *
 * @throws AppError `wb_unavailable` when it is none
 */
export function readData<T>(name: RequestName, text: string, schema: z.ZodType<T>): T {
  const json = text.trim() === '' ? undefined : parse(text);
  if (json === NOT_JSON) throw notJson(name, text);
  const fault = envelopeFault(name, json);
  if (fault) throw fault;
  const result = schema.safeParse(json);
  if (!result.success) throw unexpected(name);
  return result.data;
}

/** `null` is JSON, too. */
const NOT_JSON = Symbol('not JSON');

function parse(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return NOT_JSON;
  }
}

const envelope = z.object({ error: z.literal(true) });
const errors = z.object({ errors: z.unknown().refine((value) => value !== undefined && value !== null) });

/** A status of success, but the body reports an error: `error: true` (Content, Prices, Feedbacks) or `errors` (Statistics). */
function envelopeFault(name: RequestName, json: unknown): AppError | undefined {
  if (!envelope.safeParse(json).success && !errors.safeParse(json).success) return undefined;
  const { detail, requestId } = readErrorDetail(JSON.stringify(json));
  return unavailable(name, 'error_envelope', `reported a fault of its own («${detail}»)`, {
    detail,
    requestId,
  });
}

function notJson(name: RequestName, text: string): AppError {
  // A body that begins like JSON was cut; anything else is a page for people, such as that of a maintenance.
  if (/^\s*([[{]|$)/.test(text)) return unavailable(name, 'cut_off', 'sent broken or half an answer');
  const { detail } = readErrorDetail(text);
  return unavailable(name, 'not_json', `answered with something else than data («${detail}»)`, { detail });
}

function unexpected(name: RequestName): AppError {
  return unavailable(
    name,
    'unexpected_shape',
    'answered with data of an unknown form; if that lasts, look for a newer version of wb-assist',
  );
}
