import { AppError } from '../errors.ts';
import { errorInAnswer } from '../provider/error-in-answer.ts';
import { EMBEDDING_DIMENSIONS, normalizeVector } from './embedder.ts';

export interface CheckedAnswer {
  /** In the order of the inputs: the vector, padded to `EMBEDDING_DIMENSIONS`, or what is wrong with it. */
  vectors: (Float32Array | string)[];
  /** Undefined when the server does not count. */
  tokens: number | undefined;
}

/**
 * Makes sure that an answer is what was asked for, and decodes it. A vector without direction (zeros, NaN) is the
 * matter of its one input; anything else that is wrong spoils the whole answer, because then no vector can be
 * trusted to belong to its text.
 *
 * @param answer what the `openai` package resolves with: any JSON, or a string when it was not marked as JSON
 * @throws AppError `embedding_invalid`, with `retryable: false` when asking again must give the same; ErrorInAnswer
 */
export function checkAnswer(answer: unknown, expected: { count: number; model: string }): CheckedAnswer {
  const body = asObject(answer);
  if (!Array.isArray(body['data'])) {
    throw errorInAnswer(body) ?? invalid('an object without "data"');
  }
  const data = body['data'] as unknown[];
  if (data.length !== expected.count) {
    throw invalid(`${data.length} vectors for ${expected.count} texts`);
  }
  const vectors = new Array<Float32Array | string>(expected.count);
  let commonWidth: number | undefined;
  for (const [position, entry] of data.entries()) {
    const { index = position, embedding } = (entry ?? {}) as { index?: unknown; embedding?: unknown };
    if (!Number.isInteger(index) || !(Number(index) in data)) {
      throw invalid(`the index ${JSON.stringify(index)} for one of ${expected.count} texts`);
    }
    if (vectors[Number(index)] !== undefined) {
      throw invalid(`two vectors with the index ${Number(index)}`);
    }
    const width = widthOf(embedding);
    commonWidth ??= width;
    if (width !== commonWidth) {
      throw invalid(`vectors of ${commonWidth} and of ${width} dimensions`);
    }
    if (width > EMBEDDING_DIMENSIONS) {
      throw new AppError(
        'embedding_invalid',
        `The model ${expected.model} gives vectors of ${width} dimensions; the index holds up to ${EMBEDDING_DIMENSIONS}. ` +
          'Set OPENAI_EMBEDDINGS_MODEL to a narrower one, such as text-embedding-3-small.',
        { retryable: false },
      );
    }
    vectors[Number(index)] = decode(embedding);
  }
  const tokens = (body['usage'] as { prompt_tokens?: unknown } | null | undefined)?.prompt_tokens;
  return {
    vectors,
    tokens: Number.isSafeInteger(tokens) && Number(tokens) >= 0 ? Number(tokens) : undefined,
  };
}

function asObject(answer: unknown): Record<string, unknown> {
  let value = answer;
  if (typeof value === 'string' && value.trimStart().startsWith('{')) {
    // The package parses only what is labelled `application/json`, and some servers label nothing.
    try {
      value = JSON.parse(value);
    } catch {
      throw invalid('broken JSON');
    }
  }
  if (typeof value === 'string') {
    throw invalid(`a page instead of JSON: ${value}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('no JSON object');
  }
  return value as Record<string, unknown>;
}

/** Dimensions of a vector: base64 of little-endian float32, or an array from servers that ignore `encoding_format`. */
function widthOf(embedding: unknown): number {
  const width =
    typeof embedding === 'string'
      ? Buffer.byteLength(embedding, 'base64') / Float32Array.BYTES_PER_ELEMENT
      : Array.isArray(embedding)
        ? embedding.length
        : 0;
  if (width === 0 || !Number.isInteger(width)) {
    throw invalid('an entry that holds no vector');
  }
  return width;
}

function decode(embedding: unknown): Float32Array | string {
  const vector = new Float32Array(EMBEDDING_DIMENSIONS);
  if (typeof embedding === 'string') {
    // Decoded in place: a Buffer of its own may begin at an odd address, where no Float32Array can look at it.
    // Both sides are little-endian, as every machine that runs Node for us is.
    const written = Buffer.from(vector.buffer).write(embedding, 'base64');
    if (written !== Buffer.byteLength(embedding, 'base64')) {
      return 'a vector in broken base64';
    }
  } else {
    if (!isNumberArray(embedding)) {
      // JSON writes NaN as null, which a typed array would take for 0.
      return 'a vector with values that are not numbers';
    }
    vector.set(embedding);
  }
  return normalizeVector(vector) ? vector : 'a vector that is all zeros or not finite';
}

function isNumberArray(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'number');
}

function invalid(what: string): AppError {
  return new AppError('embedding_invalid', `The embedding provider answered with ${what}`);
}
