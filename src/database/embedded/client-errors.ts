import type { BackendError } from './messages.ts';

/** To a client whose statement somebody cancels before its turn; its connection goes on. */
export const CANCELED: BackendError = {
  severity: 'ERROR',
  code: '57014',
  message: 'canceling statement due to user request',
};

/** The last words to clients whose connection the server ends. */
export const IDLE_IN_TRANSACTION: BackendError = {
  severity: 'FATAL',
  code: '25P03',
  message: 'terminating connection due to idle-in-transaction timeout',
  detail: 'Other clients were waiting: the embedded Postgres runs one transaction at a time.',
};

export function passwordRefused(user: string): BackendError {
  return {
    severity: 'FATAL',
    code: '28P01',
    message: `password authentication failed for user "${user}"`,
    hint: 'The embedded Postgres has a password of its own: `npx wb-assist psql` uses it, `npx wb-assist psql --url` shows it.',
  };
}

export function messageTooLarge(bytes: number, maxBytes: number): BackendError {
  return {
    severity: 'FATAL',
    code: '54000',
    message: `a message of ${bytes} bytes is larger than the embedded Postgres takes (${maxBytes})`,
    hint: 'Send the values in several statements, which may share one transaction.',
  };
}

export const OUT_OF_MEMORY: BackendError = {
  severity: 'FATAL',
  code: '53200',
  message:
    'the clients of the embedded Postgres have sent more than it keeps of messages that are unfinished or wait for their turn',
  hint: 'Send less at a time, or from fewer connections at once.',
};

export const ADMIN_SHUTDOWN: BackendError = {
  severity: 'FATAL',
  code: '57P01',
  message: 'terminating connection due to administrator command',
};

export const CRASH_SHUTDOWN: BackendError = {
  severity: 'FATAL',
  code: '57P02',
  message: 'terminating connection because the embedded Postgres ended unexpectedly',
  detail: 'The transaction in progress was rolled back; what was committed is safe.',
  hint: 'In a moment you should be able to reconnect to the database and repeat your command.',
};

export const TOO_MANY_CLIENTS: BackendError = {
  severity: 'FATAL',
  code: '53300',
  message: 'sorry, too many clients already',
  hint: 'Close connections that are not needed, or use fewer pools.',
};

export const STARTING_FAILED: BackendError = {
  severity: 'FATAL',
  code: '57P03',
  message: 'the embedded Postgres cannot be opened',
};
