import { runChatSession } from './chat-session.ts';
import { openChat, TERMINAL_USER } from './open-chat.ts';
import { parseCabinet } from './status.ts';

/** Answers question after question, of somebody at the terminal or of a pipe. Resolves to the exit code. */
export async function chat(cabinet: string, options: { conversation?: string }): Promise<number> {
  const cabinetId = parseCabinet(cabinet);
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const opened = await openChat(cabinetId);
  try {
    if (isTerminal)
      console.log(`Ask about cabinet ${cabinetId} in plain words. /help: what else there is. Ctrl+D: leave.`);
    const { conversationId, hasFailed } = await runChatSession({
      ...{ chat: opened.chat, cabinetId, user: TERMINAL_USER, conversationId: options.conversation },
      ...{ input: process.stdin, output: process.stdout, isTerminal, signal: opened.stopped },
      onError: (message) => console.error(`wb-assist: ${message}`),
    });
    if (isTerminal && conversationId !== undefined)
      console.log(`To go on from here: wb-assist chat ${cabinetId} --conversation ${conversationId}`);
    return hasFailed && !isTerminal ? 1 : 0;
  } finally {
    await opened.close();
  }
}
