import { providerModelOf } from '../embedding/embedders.ts';
import { AppError } from '../errors.ts';

/** A person may set the key, and another process may have it: waiting helps, so it is retryable. */
export function modelUnavailable(model: string): AppError {
  const remedy = providerModelOf(model).startsWith('local-')
    ? 'This version has not got it. Have the cabinet embedded by the model that is configured: wb-assist rebuild --reembed'
    : 'Set OPENAI_API_KEY, or have the cabinet embedded by the model that is configured: wb-assist rebuild --reembed';
  return new AppError(
    'embedding_unavailable',
    `The model ${model} of the cabinet’s vectors is not available to this process. ${remedy}`,
    { details: { model, retryAfterMs: 30_000 } },
  );
}
