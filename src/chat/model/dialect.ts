/** What a server takes of the parameters that not every one takes. Learnt from its refusals. */
export interface Dialect {
  /** OpenAI's newer models refuse `max_tokens`, and many compatible servers know nothing else. */
  outputLimit: 'max_completion_tokens' | 'max_tokens' | undefined;
  /** Models that reason take only their own. */
  temperature: boolean;
  /** `stream_options`, to be told the usage. */
  streamOptions: boolean;
  toolChoice: boolean;
  /** Some models of OpenAI stream only to verified organisations. */
  stream: boolean;
}

export const OPENAI_DIALECT: Readonly<Dialect> = {
  outputLimit: 'max_completion_tokens',
  temperature: true,
  streamOptions: true,
  toolChoice: true,
  stream: true,
};

/** Which part of a request a server is not content with, as far as it says so. */
export interface Complaint {
  /** As OpenAI names it. */
  param: string | undefined;
  message: string;
}

/**
 * The dialect without the parameter that a server complains of; undefined when it is none of these. Each step leaves
 * something out, so asking again and again comes to an end.
 */
export function adaptDialect(dialect: Dialect, complaint: Complaint): Dialect | undefined {
  const { outputLimit } = dialect;
  if (outputLimit !== undefined && names(complaint, outputLimit)) {
    return { ...dialect, outputLimit: outputLimit === 'max_completion_tokens' ? 'max_tokens' : undefined };
  }
  if (dialect.temperature && names(complaint, 'temperature')) return { ...dialect, temperature: false };
  if (dialect.stream && dialect.streamOptions && names(complaint, 'stream_options')) {
    return { ...dialect, streamOptions: false };
  }
  if (dialect.toolChoice && names(complaint, 'tool_choice')) return { ...dialect, toolChoice: false };
  if (dialect.stream && names(complaint, 'stream(ing)?')) return { ...dialect, stream: false };
  return undefined;
}

/** A server that has no field for it names the parameter in its words. */
function names({ param, message }: Complaint, parameter: string): boolean {
  return param === undefined
    ? new RegExp(`(?<!\\w)${parameter}(?!\\w)`, 'i').test(message)
    : new RegExp(`^${parameter}(?!\\w)`).test(param);
}
