import {
  authenticationOk,
  backendKeyData,
  negotiateProtocolVersion,
  parameterStatus,
  readyForQuery,
} from './messages.ts';
import type { SessionState } from './session-state.ts';
import type { StartupRequest } from './startup.ts';

/** Everything from the server's side of the handshake, which has no password: only this machine can connect. */
export function greeting(
  request: Extract<StartupRequest, { kind: 'startup' }>,
  session: SessionState,
  secret: number,
): Buffer {
  const parts: Buffer[] = [];
  if (request.newerProtocol || request.unknownOptions.length > 0)
    parts.push(negotiateProtocolVersion(request.unknownOptions));
  parts.push(authenticationOk);
  for (const [name, value] of session.reported) parts.push(parameterStatus(name, value));
  parts.push(backendKeyData(session.processId, secret), readyForQuery('I'));
  return Buffer.concat(parts);
}
