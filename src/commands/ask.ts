import { AppError } from '../errors.ts';
import { toAnswerJson } from '../http/routes/chat-json.ts';
import { createAnswerPrinter } from './answer-printer.ts';
import { linesBelow } from './chat-lines.ts';
import { openChat, TERMINAL_USER } from './open-chat.ts';
import { parseCabinet } from './status.ts';

export interface AskOptions {
  json?: true;
  /** With the texts that the answer rests on. */
  sources?: true;
  /** Id of a conversation to go on with. */
  conversation?: string;
}

/** As a shell says it of a program that Ctrl+C has ended. */
const INTERRUPTED = 130;

/** Answers one question. Resolves to the exit code. */
export async function ask(cabinet: string, question: string, options: AskOptions): Promise<number> {
  const cabinetId = parseCabinet(cabinet);
  if (question.trim() === '') throw new AppError('invalid_request', 'The question is empty.');
  const opened = await openChat(cabinetId);
  const { chat, stopped } = opened;
  const json = options.json === true;
  const printer = createAnswerPrinter(
    (text) => void process.stdout.write(text),
    !json && process.stdout.isTTY,
  );
  try {
    const answer = await chat.send(
      { cabinetId, user: TERMINAL_USER, message: question, conversationId: options.conversation },
      { signal: stopped, onEvent: (event) => printer.onEvent(event) },
    );
    if (json) {
      console.log(JSON.stringify(toAnswerJson(cabinetId, answer), undefined, 2));
      return 0;
    }
    printer.end(answer);
    for (const line of ['', ...linesBelow(answer, options), `Conversation: ${answer.conversationId}`])
      console.log(line);
    return 0;
  } catch (error) {
    printer.abandon();
    if (!stopped.aborted) throw error;
    console.error('wb-assist: stopped; the message does not count.');
    return INTERRUPTED;
  } finally {
    await opened.close();
  }
}
