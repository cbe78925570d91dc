import type { Context, MiddlewareHandler } from 'hono';
import { AppError } from '../../errors.ts';
import type { Declaration } from '../access.ts';
import type { HttpEnv } from '../context.ts';

/** Of routes that declare nothing else by `maxBody`. The longest texts that they take have a few thousand characters. */
export const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Reads the body, as large as its route allows, for the validators that follow. hono's own limit would let broken UTF-8 pass
 * as replacement characters. A body of nothing but white space counts as none.
 *
 * @throws AppError `body_too_large`, before the body is read where its length is declared; `malformed_body`.
 */
export function requestBody(
  declarationOf: (context: Context<HttpEnv>) => Declaration | undefined,
): MiddlewareHandler<HttpEnv> {
  return async (context, next) => {
    const { method, raw } = context.req;
    if (method !== 'GET' && method !== 'HEAD') {
      const text = decode(await readBody(raw, declarationOf(context)?.maxBodyBytes)).trim();
      // The validator parses every body that is declared to be JSON, also one that is not there.
      const hasType = context.req.header('content-type') !== undefined;
      const cached = Promise.resolve(text === '' && hasType ? '{}' : text);
      context.req.bodyCache.text = cached as unknown as string; // hono keeps promises here, whatever its type says
    }
    await next();
  };
}

/** @throws AppError `body_too_large`, before the body is read where its length is declared. */
export async function readBody(request: Request, maxBytes = MAX_BODY_BYTES): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  // Not looked at before: the server throws away what nobody reads, but only while nobody has begun to.
  const body: ReadableStream<Uint8Array> | null = request.body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError('malformed_body', 'The body of the request is not UTF-8.', { cause: error });
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('body_too_large', `The body of the request is larger than ${maxBytes} bytes.`);
}
