import { errorFields, readFrames } from './backend-frames.ts';
import { errorResponse, noticeResponse, type BackendError } from './messages.ts';

const CAUSE =
  'It was idle while other clients waited, and the embedded Postgres runs one transaction at a time: what it had written is not stored.';

/** SQLSTATE in_failed_sql_transaction: what Postgres itself answers in a transaction that can only be ended. */
const IN_FAILED_TRANSACTION = '25P02';

const REFUSED: BackendError = {
  severity: 'ERROR',
  code: IN_FAILED_TRANSACTION,
  message: 'current transaction was rolled back, commands ignored until end of transaction block',
  detail: CAUSE,
  hint: 'Send ROLLBACK and begin again. A transaction must not wait for another connection of its own program.',
};

/** Told at once; clients show it with their next answer. */
export const TRANSACTION_DROPPED = noticeResponse({
  severity: 'WARNING',
  code: '25P03',
  message: 'the transaction was rolled back',
  detail: CAUSE,
  hint: 'Send ROLLBACK and begin again.',
});

/** The refusals of a failed transaction, made to say why this one has failed: its client knows of no error. */
export function explainRefusals(reply: readonly Buffer[]): Buffer[] {
  const whole = Buffer.concat(reply);
  const parts: Buffer[] = [];
  for (const frame of readFrames(whole)) {
    const isRefusal = frame.type === 'E' && errorFields(whole, frame)['C'] === IN_FAILED_TRANSACTION;
    parts.push(isRefusal ? errorResponse(REFUSED) : whole.subarray(frame.start, frame.end));
  }
  return parts;
}
