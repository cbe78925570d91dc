import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatAnswer, ChatRequest } from '../../../src/chat/chat-answer.ts';
import type { Chat } from '../../../src/chat/chat.ts';
import { createRunningChat } from '../../../src/chat/running-chat.ts';
import { chatAnswer } from '../../helpers/chat-answers.ts';

const REQUEST: ChatRequest = { cabinetId: 1, message: 'вопрос', user: 'operator' };
const ANSWER: ChatAnswer = { ...chatAnswer(), conversationId: 'c', messageId: 1 };

/** A chat that answers when it is let, and when it is aborted takes back what it has begun before it says so. */
function createSlowChat() {
  const release = Promise.withResolvers<ChatAnswer>();
  const takenBack = Promise.withResolvers<undefined>();
  const state = { aborted: 0, ended: 0 };
  const chat: Chat = {
    async send(_request, { signal } = {}) {
      const aborted = Promise.withResolvers<never>();
      if (signal?.aborted === true) aborted.reject(signal.reason as Error);
      signal?.addEventListener('abort', () => aborted.reject(signal.reason as Error));
      try {
        return await Promise.race([release.promise, aborted.promise]);
      } catch (error) {
        state.aborted += 1;
        await takenBack.promise;
        throw error;
      } finally {
        state.ended += 1;
      }
    },
  };
  return { chat, state, release, takenBack };
}

describe('a chat that is told to stop', () => {
  it('gives up what it is at, and waits until that has ended', async () => {
    const { chat, state, takenBack } = createSlowChat();
    const running = createRunningChat(chat);
    await running.start();
    const answers = [running.send(REQUEST), running.send(REQUEST, { signal: new AbortController().signal })];
    assert.deepEqual(running.health(), { status: 'up', answering: 2 });
    const outcomes = Promise.allSettled(answers);
    const stopped = running.stop(60_000).then(() => state.ended);
    takenBack.resolve(undefined);
    assert.equal(await stopped, 2);
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual(running.health(), { status: 'down', answering: 0 });
    await running.stop(60_000);
  });

  it('does not wait for ever', async () => {
    const { chat, state } = createSlowChat();
    const running = createRunningChat(chat);
    running.send(REQUEST).catch(() => undefined);
    await running.stop(5);
    assert.deepEqual(state, { aborted: 1, ended: 0 });
  });

  it('begins nothing any more', async () => {
    const { chat, takenBack } = createSlowChat();
    takenBack.resolve(undefined);
    const running = createRunningChat(chat);
    await running.stop(1_000);
    await assert.rejects(running.send(REQUEST), { name: 'AbortError' });
  });

  it('answered before as if it were the chat itself', async () => {
    const { chat, release, state } = createSlowChat();
    const running = createRunningChat(chat);
    const answer = running.send(REQUEST);
    release.resolve(ANSWER);
    assert.equal(await answer, ANSWER);
    const hangUp = new AbortController();
    release.promise.catch(() => undefined);
    const { chat: other, takenBack } = createSlowChat();
    takenBack.resolve(undefined);
    const aborted = createRunningChat(other).send(REQUEST, { signal: hangUp.signal });
    hangUp.abort(new Error('hung up'));
    await assert.rejects(aborted, { message: 'hung up' });
    assert.equal(state.aborted, 0);
  });
});
