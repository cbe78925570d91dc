import { createOpenAILoader, type OpenAIServer } from '../provider/openai-client.ts';
import { withTimeLimit } from '../provider/time-limit.ts';
import { requestedDimensions } from './openai-models.ts';

export interface OpenAITransportOptions extends OpenAIServer {
  model: string;
  /** For one attempt, from the first byte sent to the last one read. */
  requestTimeoutMs: number;
}

/**
 * Sends inputs once, within `limitMs` where that is given, and resolves with whatever JSON (or text) a 2xx answer held.
 *
 * @throws RequestTimeout, the signal's reason, or an error of the `openai` package.
 */
export type SendInputs = (
  inputs: readonly string[],
  signal: AbortSignal,
  limitMs?: number,
) => Promise<unknown>;

export function createOpenAITransport(options: OpenAITransportOptions): SendInputs {
  const { model, requestTimeoutMs } = options;
  const dimensions = requestedDimensions(model);
  const loadClient = createOpenAILoader(options);

  return async (inputs, signal, limitMs = requestTimeoutMs) => {
    const { embeddings } = await loadClient();
    return withTimeLimit(limitMs, signal, (limited) =>
      embeddings.create(
        {
          model,
          input: [...inputs],
          // Said explicitly, so that the package leaves the answer as it came: its conversion to number arrays
          // costs two thirds of the speed.
          encoding_format: 'base64',
          ...(dimensions === undefined ? {} : { dimensions }),
        },
        { signal: limited, timeout: requestTimeoutMs + 1_000 },
      ),
    );
  };
}
