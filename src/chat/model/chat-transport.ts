import { AppError } from '../../errors.ts';
import { createOpenAILoader, type OpenAIServer } from '../../provider/openai-client.ts';
import { withTimeLimit } from '../../provider/time-limit.ts';
import type { ModelRequest } from './chat-model.ts';
import { buildChatRequest } from './chat-request.ts';
import type { Dialect } from './dialect.ts';
import { DONE, readAnswer } from './read-answer.ts';
import type { ReplyBuilder } from './reply-builder.ts';

export interface ChatTransportOptions extends OpenAIServer {
  model: string;
  /** For the first byte, and again for each that follows. */
  requestTimeoutMs: number;
}

/** How long an answer that is whole may still take to tell its usage and to end. */
const EPILOGUE_MS = 1_000;
/** How long the end of the body is waited for behind `[DONE]`, for the sake of the connection, which is then used again. */
const AFTER_DONE_MS = 100;

/**
 * Characters after which an answer is cut off: four times what its limit of tokens allows, for servers that keep no
 * limit and would go on until the time is up.
 */
const MAX_ANSWER_CHARS = 64_000;

/**
 * Sends a request once and reads the answer into the builder. Pieces of text are told as they come.
 *
 * @throws RequestTimeout, the signal's reason, an error of the `openai` package or of `readAnswer`.
 */
export type SendChat = (
  request: ModelRequest,
  dialect: Dialect,
  answer: ReplyBuilder,
  onText: (text: string) => void,
  signal: AbortSignal,
) => Promise<void>;

export function createChatTransport(options: ChatTransportOptions): SendChat {
  const { model, requestTimeoutMs } = options;
  const loadClient = createOpenAILoader(options);

  return async (request, dialect, answer, onText, signal) => {
    const { chat } = await loadClient();
    const body = buildChatRequest(model, request, dialect);
    const tell = (text: string): void => {
      if (text !== '') onText(text);
    };
    await withTimeLimit(requestTimeoutMs, signal, async (limited, restart) => {
      let isWhole = false;
      try {
        const timeout = requestTimeoutMs + 1_000;
        const response = await chat.completions.create(body, { signal: limited, timeout }).asResponse();
        for await (const chunk of readAnswer(response, () => restart(isWhole ? EPILOGUE_MS : undefined))) {
          limited.throwIfAborted();
          const text = chunk === DONE ? '' : answer.add(chunk);
          tell(text);
          isWhole ||= chunk === DONE || (answer.isFinished && text === '');
          if (isWhole) restart(chunk === DONE ? AFTER_DONE_MS : EPILOGUE_MS);
          if (answer.length > MAX_ANSWER_CHARS) {
            answer.cutOff();
            break;
          }
        }
        limited.throwIfAborted();
      } catch (error) {
        // What comes behind a whole answer is only how many tokens it took.
        if (!answer.isFinished && !isWhole) throw error;
        signal.throwIfAborted();
      }
      tell(answer.flush());
      if (!answer.hasChoice) {
        throw new AppError(
          'chat_unavailable',
          'The language model answered with something that is no reply.',
        );
      }
      if (!answer.isFinished && !isWhole) {
        throw new AppError('chat_unavailable', 'The language model ended an answer before it was whole.');
      }
    });
  };
}
