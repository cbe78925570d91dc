import { parameterStatus } from './messages.ts';
import type { Select } from './select.ts';
import type { SessionState } from './session-state.ts';

/** Parameters that a session can change, and that clients act on when told. */
const CHANGEABLE_PARAMETERS = [
  'client_encoding',
  'application_name',
  'default_transaction_read_only',
  'IntervalStyle',
  'is_superuser',
  'search_path',
  'session_authorization',
  'standard_conforming_strings',
  'DateStyle',
  'TimeZone',
];

/**
 * Tells the client, in the answer to what it sent, the parameters that are other than it was last told. SHOW and not a
 * SELECT: in a transaction whose first statement sets its isolation, a SELECT would be too early.
 *
 * @param reply an answer that ends with ReadyForQuery; what is told is put in before that
 */
export function reportChangedParameters(session: SessionState, reply: Buffer[], select: Select): void {
  const rows = select(CHANGEABLE_PARAMETERS.map((name) => `show ${name}`).join('; '));
  const changes: Buffer[] = [];
  for (const [index, name] of CHANGEABLE_PARAMETERS.entries()) {
    const value = rows[index]?.[0] ?? '';
    if (session.reported.get(name) === value) continue;
    session.reported.set(name, value);
    changes.push(parameterStatus(name, value));
  }
  if (changes.length > 0) reply.splice(0, reply.length, ...beforeReady(reply, changes));
}

const READY_FOR_QUERY_BYTES = 6;

function beforeReady(reply: readonly Buffer[], inserted: readonly Buffer[]): Buffer[] {
  const whole = Buffer.concat(reply);
  const ready = whole.length - READY_FOR_QUERY_BYTES;
  return [whole.subarray(0, ready), ...inserted, whole.subarray(ready)];
}
