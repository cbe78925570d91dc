import type { ServerResponse } from 'node:http';
import type {
  FakeAnswerReply,
  FakeChatDialect,
  FakeChatReply,
  FakeChatRequest,
  FakeToolCall,
} from './fake-chat.ts';
import { countTokens, send, sendError } from './fake-responses.ts';

/** Sends a reply as OpenAI, or the server of this dialect, puts it on the wire. */
export async function sendReply(
  request: FakeChatRequest,
  response: ServerResponse,
  answer: FakeChatReply,
  dialect: FakeChatDialect,
): Promise<void> {
  if ('status' in answer) {
    const { status, message = `Scripted fault ${status}.`, code = null, headers, param } = answer;
    if (answer.body === undefined) sendError(response, status, message, code, headers, param);
    else send(response, status, answer.body, headers);
  } else if ('before' in answer) {
    if (answer.before === 'cut') response.destroy();
  } else if ('body' in answer) {
    const headers = { 'content-type': answer.type ?? 'application/json' };
    if (answer.stay === true) response.writeHead(200, headers).write(answer.body);
    else send(response, 200, answer.body, headers);
  } else if (request.body['stream'] === true && dialect.withoutStreaming !== true) {
    await streamAnswer(request, response, answer, dialect);
  } else {
    await sendWhole(request, response, answer, dialect);
  }
}

async function streamAnswer(
  request: FakeChatRequest,
  response: ServerResponse,
  answer: FakeAnswerReply,
  dialect: FakeChatDialect,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const head = headOf(request, dialect, 'chat.completion.chunk');
  const write = (data: unknown): Promise<void> =>
    new Promise((written) => response.write(`data: ${JSON.stringify(data)}\n\n`, () => written()));
  const writeDelta = (delta: unknown, finish: string | null = null): Promise<void> =>
    write({ ...head, choices: [{ index: 0, delta, finish_reason: finish }] });

  await writeDelta({ role: 'assistant', content: answer.toolCalls === undefined ? '' : null });
  let text = '';
  for await (const piece of piecesOf(answer)) {
    // The client has hung up.
    if (response.destroyed) return;
    text += piece;
    await writeDelta({ content: piece });
  }
  if (answer.refusal !== undefined) await writeDelta({ refusal: answer.refusal });
  for (const fragment of fragmentsOf(answer)) await writeDelta({ tool_calls: [fragment] });

  switch (answer.then) {
    case 'hang':
      return;
    case 'cut':
      response.destroy();
      return;
    case 'end':
      response.end();
      return;
    case undefined:
      break;
    default:
      await write(answer.then);
      response.end('data: [DONE]\n\n');
      return;
  }
  await writeDelta({}, finishOf(answer));
  const options = request.body['stream_options'] as { include_usage?: boolean } | undefined;
  const usage = usageOf(request, answer, dialect, text);
  if (options?.include_usage === true && usage !== undefined) await write({ ...head, choices: [], usage });
  response.end('data: [DONE]\n\n');
}

async function sendWhole(
  request: FakeChatRequest,
  response: ServerResponse,
  answer: FakeAnswerReply,
  dialect: FakeChatDialect,
): Promise<void> {
  let text = '';
  for await (const piece of piecesOf(answer)) text += piece;
  const calls = answer.toolCalls?.map((call, index) => ({
    ...idOf(call, index),
    type: 'function',
    function: { name: call.name, arguments: argumentsOf(call) },
  }));
  const message = {
    role: 'assistant',
    content: text === '' ? null : text,
    ...(answer.refusal === undefined ? {} : { refusal: answer.refusal }),
    ...(calls === undefined ? {} : { tool_calls: calls }),
  };
  const usage = usageOf(request, answer, dialect, text);
  send(response, 200, {
    ...headOf(request, dialect, 'chat.completion'),
    choices: [{ index: 0, message, finish_reason: finishOf(answer) }],
    ...(usage === undefined ? {} : { usage }),
  });
}

function headOf(request: FakeChatRequest, dialect: FakeChatDialect, object: string): Record<string, unknown> {
  return { id: 'chatcmpl-1', object, created: 1_790_000_000, model: dialect.modelName ?? request.model };
}

function piecesOf(answer: FakeAnswerReply): Iterable<string> | AsyncIterable<string> {
  const isSilent = answer.toolCalls !== undefined || answer.refusal !== undefined;
  const text = answer.text ?? (isSilent ? [] : 'Ответ.');
  return typeof text === 'string' ? [text] : text;
}

function argumentsOf(call: FakeToolCall): string {
  return typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
}

function idOf(call: FakeToolCall, index: number): { id?: string } {
  return call.id === null ? {} : { id: call.id ?? `call_${index + 1}` };
}

/** As OpenAI streams calls: first id and name, then the arguments in bits. */
function* fragmentsOf(answer: FakeAnswerReply): Generator {
  for (const [index, call] of (answer.toolCalls ?? []).entries()) {
    const { name } = call;
    yield { index, ...idOf(call, index), type: 'function', function: { name, arguments: '' } };
    for (const [bit] of argumentsOf(call).matchAll(/[^]{1,5}/g))
      yield { index, function: { arguments: bit } };
  }
}

function finishOf(answer: FakeAnswerReply): string | null {
  return answer.finish !== undefined ? answer.finish : answer.toolCalls === undefined ? 'stop' : 'tool_calls';
}

function usageOf(
  request: FakeChatRequest,
  answer: FakeAnswerReply,
  dialect: FakeChatDialect,
  text: string,
): Record<string, number> | undefined {
  if (answer.usage === null || dialect.withoutUsage === true) return undefined;
  const calls = (answer.toolCalls ?? []).map(argumentsOf).join(' ');
  const { prompt, completion } = answer.usage ?? {
    prompt: request.messages.reduce((sum, message) => sum + countTokens(message.content ?? ''), 0),
    completion: countTokens(`${text} ${calls}`),
  };
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
