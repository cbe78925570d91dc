import { Authentication } from './authentication.ts';
import type { FrontendMessage, FrontendReader } from './frontend-reader.ts';
import { negotiateProtocolVersion, type BackendError } from './messages.ts';
import type { ScramVerifier } from './scram.ts';
import { readStartup, type StartupRequest } from './startup.ts';
import { protocolViolation } from './unit.ts';

export type LoginRequest = Extract<StartupRequest, { kind: 'startup' }>;

export type HandshakeStep =
  | { kind: 'go-on'; reply: Buffer }
  /** It has proved that it knows the password. */
  | { kind: 'logged-in'; reply: Buffer; request: LoginRequest }
  | { kind: 'refused'; error: BackendError }
  | { kind: 'cancel'; processId: number; secret: number }
  | { kind: 'gone' };

/** More than any message of a log-in takes. */
const MAX_LOGIN_BYTES = 64 * 1024;
const DECLINED = Buffer.from('N');

/** What comes before a session: encryption declined, the startup packet, the log-in. Everything a stranger can make happen. */
export class Handshake {
  readonly #verifier: ScramVerifier;
  /** Kinds of encryption that were asked for. */
  readonly #declined = new Set<number>();
  #login: { authentication: Authentication; request: LoginRequest } | undefined;

  constructor(verifier: ScramVerifier) {
    this.#verifier = verifier;
  }

  next(reader: FrontendReader): FrontendMessage | undefined {
    return this.#login === undefined ? reader.nextStartup() : reader.next(MAX_LOGIN_BYTES);
  }

  take(message: FrontendMessage): HandshakeStep {
    return this.#login === undefined
      ? this.#takeStartup(readStartup(message))
      : this.#takeLogin(message, this.#login);
  }

  #takeStartup(request: StartupRequest): HandshakeStep {
    if (request.kind === 'encryption') return this.#decline(request.code);
    if (request.kind !== 'startup') return request;
    const authentication = new Authentication(request.user, this.#verifier);
    this.#login = { authentication, request };
    const reply = [authentication.request];
    if (request.newerProtocol || request.unknownOptions.length > 0)
      reply.unshift(negotiateProtocolVersion(request.unknownOptions));
    return { kind: 'go-on', reply: Buffer.concat(reply) };
  }

  /** Each kind once, as a server does: a stranger who asks on and on would keep the thread busy. */
  #decline(code: number): HandshakeStep {
    if (this.#declined.has(code))
      return { kind: 'refused', error: protocolViolation('encryption was declined already') };
    this.#declined.add(code);
    return { kind: 'go-on', reply: DECLINED };
  }

  #takeLogin(
    { type, body }: FrontendMessage,
    { authentication, request }: { authentication: Authentication; request: LoginRequest },
  ): HandshakeStep {
    // A client without a password asks its user for one, and comes again.
    if (type === 'X') return { kind: 'gone' };
    if (type !== 'p') {
      const message = `expected SASL response, got message type ${type.charCodeAt(0)}`;
      return { kind: 'refused', error: protocolViolation(message) };
    }
    const step = authentication.take(body);
    if ('refused' in step) return { kind: 'refused', error: step.refused };
    if (!step.done) return { kind: 'go-on', reply: step.reply };
    if (request.refusal !== undefined) return { kind: 'refused', error: request.refusal };
    return { kind: 'logged-in', reply: step.reply, request };
  }
}
