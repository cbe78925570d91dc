import type { OpenAI } from 'openai';
import { readArguments } from './call-arguments.ts';
import type { Dialect } from './dialect.ts';
import type { ModelMessage, ModelRequest } from './chat-model.ts';

type Body = OpenAI.Chat.Completions.ChatCompletionCreateParams;
type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

/** Answers are to follow the data, and to be the same when asked again. */
const TEMPERATURE = 0.1;

/**
 * Tokens of one reply, at most. An answer takes some hundreds; models that reason are billed here for what they think,
 * which takes thousands.
 */
export const MAX_OUTPUT_TOKENS = 4_000;

/** A request as it goes over the wire to a server of this dialect. */
export function buildChatRequest(model: string, request: ModelRequest, dialect: Dialect): Body {
  const { outputLimit, stream } = dialect;
  // Where a server knows no `tool_choice`, a model that has to answer now is offered no tools.
  const isSilenced = request.toolChoice === 'none';
  const hasTools = request.tools.length > 0 && (!isSilenced || dialect.toolChoice);
  return {
    model,
    messages: request.messages.map(toMessage),
    ...(hasTools ? { tools: [...request.tools] } : {}),
    ...(hasTools && isSilenced ? { tool_choice: 'none' } : {}),
    ...(dialect.temperature ? { temperature: TEMPERATURE } : {}),
    ...(outputLimit === undefined ? {} : { [outputLimit]: request.maxTokens ?? MAX_OUTPUT_TOKENS }),
    stream,
    ...(stream && dialect.streamOptions ? { stream_options: { include_usage: true } } : {}),
  };
}

/** Lone surrogates, which a review may hold, are no UTF-8 and would have the whole request refused. */
function toMessage(message: ModelMessage): Message {
  const content = message.content.toWellFormed();
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content };
    case 'tool':
      return { role: 'tool', content, tool_call_id: message.toolCallId };
    case 'assistant':
      break;
  }
  if (message.toolCalls === undefined || message.toolCalls.length === 0)
    return { role: 'assistant', content };
  return {
    role: 'assistant',
    content: content === '' ? null : content,
    tool_calls: message.toolCalls.map(({ id, name, arguments: given }) => ({
      id,
      type: 'function',
      // Some servers parse what a model asked for earlier, and fail over what is no JSON object.
      function: { name, arguments: JSON.stringify(readArguments(given) ?? {}).toWellFormed() },
    })),
  };
}
