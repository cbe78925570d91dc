import { AppError } from '../errors.ts';
import type { StoredAnswer } from './stored-answer.ts';

/** A conversation as lists show it. */
export interface Conversation {
  id: string;
  /** Whose it is: `operator`, `key:<id>` or `user:<label>`. */
  user: string;
  /** The first words of the first question. */
  title: string;
  createdAt: Date;
  /** When the last message came. */
  updatedAt: Date;
}

/** A question with its answer, for the model to go on from. */
export interface Turn {
  question: string;
  answer: string;
}

/** `pending`: the answer is being made. `unanswered`: it was given up, or its process died. */
export type QuestionStatus = 'pending' | 'answered' | 'unanswered';

export interface StoredQuestion {
  id: number;
  role: 'user';
  text: string;
  status: QuestionStatus;
  createdAt: Date;
}

export interface StoredReply extends StoredAnswer {
  id: number;
  role: 'assistant';
  /** What it answers. */
  questionId: number;
  text: string;
  createdAt: Date;
}

export type StoredMessage = StoredQuestion | StoredReply;

const ID_FORM = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What is none is not looked up: Postgres would call the statement malformed. */
export function isConversationId(text: string): boolean {
  return ID_FORM.test(text);
}

/** The same words whether there is none, or it is of another cabinet or user: that is not for others to know. */
export function conversationNotFound(): AppError {
  return new AppError(
    'conversation_not_found',
    'There is no such conversation. Leave conversation_id out to begin a new one.',
  );
}

const MAX_TITLE_LENGTH = 80;

/** The first words of a question, on one line. */
export function titleOf(question: string): string {
  const line = question.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= MAX_TITLE_LENGTH) return line;
  const head = line.slice(0, MAX_TITLE_LENGTH - 1);
  const words = head.slice(0, Math.max(head.lastIndexOf(' '), 0));
  // A question that begins with one endless word is cut inside of it, though never inside of a character.
  const kept = words === '' ? head.replace(/[\ud800-\udbff]$/, '') : words;
  return `${kept.replace(/[\s.,;:!?–—-]+$/, '')}…`;
}
