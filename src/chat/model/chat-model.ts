/** One call that a model asks for. `arguments`: JSON as the model wrote it, which may be no JSON at all. */
export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

export type ModelMessage =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string; toolCalls?: readonly ToolCall[] | undefined }
  | { role: 'tool'; toolCallId: string; content: string };

/** A function as the `tools` of an OpenAI chat request name it. */
export interface ModelTool {
  type: 'function';
  function: { name: string; description: string; parameters: Record<string, unknown> };
}

export interface ModelRequest {
  messages: readonly ModelMessage[];
  tools: readonly ModelTool[];
  /** `none`: it has to answer now. */
  toolChoice: 'auto' | 'none';
  /** The most tokens that the reply may have. */
  maxTokens?: number | undefined;
}

/** As the provider counts; estimated where it does not. */
export interface TokenCounts {
  promptTokens: number;
  completionTokens: number;
}

export interface ModelReply extends TokenCounts {
  /** Empty when it only asks for calls. */
  text: string;
  toolCalls: ToolCall[];
  /** `length`: cut off at the limit of tokens. */
  finish: 'stop' | 'length' | 'tool_calls' | 'content_filter';
}

export interface ChatModel {
  /** As the provider knows it. */
  readonly model: string;
  /** USD per 1M tokens; null: not known. */
  readonly price: { prompt: number; completion: number } | null;
  /**
   * Asks once, again after passing faults as long as no text was told of. `onText` is told of each piece of text as it comes, without
   * thoughts, and calls and tokens that a server left in it.
   *
   * @throws AppError `chat_unavailable` when the provider is down, slow, out of quota or misconfigured, or breaks off, or fails
   *   over this request again and again; `chat_context_too_long` when the messages are more than the model takes;
   *   `chat_refused` when it refuses them for another reason. `details.usage`, where given, is what the provider counted
   *   nevertheless; `details.fewerMay`: with less in the messages it may answer.
   * @throws the signal's reason when aborted.
   */
  complete(
    request: ModelRequest,
    options: {
      signal: AbortSignal;
      onText?: ((text: string) => void) | undefined;
      /** What was told of so far is no answer: the model was thinking aloud, as it turns out. */
      onDiscard?: (() => void) | undefined;
    },
  ): Promise<ModelReply>;
}
