import { authenticationOk, backendKeyData, parameterStatus, readyForQuery } from './messages.ts';
import type { SessionState } from './session-state.ts';

/** What a server says to a client that has logged in. */
export function greeting(session: SessionState, secret: number): Buffer {
  const parts = [authenticationOk];
  for (const [name, value] of session.reported) parts.push(parameterStatus(name, value));
  parts.push(backendKeyData(session.processId, secret), readyForQuery('I'));
  return Buffer.concat(parts);
}
