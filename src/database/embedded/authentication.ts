import { CLIENT_ROLE } from './client-role.ts';
import { passwordRefused } from './client-errors.ts';
import {
  authenticationSasl,
  authenticationSaslContinue,
  authenticationSaslFinal,
  readString,
} from './messages.ts';
import type { BackendError } from './messages.ts';
import { beginScram, ScramError, type ScramExchange, type ScramVerifier } from './scram.ts';

const MECHANISM = 'SCRAM-SHA-256';

export type AuthenticationStep = { reply: Buffer; done: boolean } | { refused: BackendError };

/** The log-in of one client, message by message. */
export class Authentication {
  readonly #user: string;
  readonly #verifier: ScramVerifier;
  #exchange: ScramExchange | undefined;

  constructor(user: string, verifier: ScramVerifier) {
    this.#user = user;
    this.#verifier = verifier;
  }

  /** What the server asks for. */
  get request(): Buffer {
    return authenticationSasl(MECHANISM);
  }

  /** Takes the body of a client's `p` message. */
  take(body: Buffer): AuthenticationStep {
    try {
      return this.#exchange === undefined ? this.#begin(body) : this.#finish(this.#exchange, body);
    } catch (error) {
      if (!(error instanceof ScramError)) throw error;
      return { refused: { severity: 'FATAL', code: '08P01', message: error.message } };
    }
  }

  #begin(body: Buffer): AuthenticationStep {
    const mechanism = readString(body, 0);
    // The length of the message follows, which the message's own has said.
    const message = body.toString('utf8', Buffer.byteLength(mechanism) + 5);
    if (mechanism !== MECHANISM) throw new ScramError(`this server knows only ${MECHANISM}`);
    this.#exchange = beginScram(this.#verifier, message);
    return { reply: authenticationSaslContinue(this.#exchange.serverFirst), done: false };
  }

  /** A user who is not there is refused as late, and in the same words, as a wrong password. */
  #finish(exchange: ScramExchange, body: Buffer): AuthenticationStep {
    const signature = exchange.finish(body.toString('utf8'));
    if (signature === undefined || this.#user !== CLIENT_ROLE)
      return { refused: passwordRefused(this.#user) };
    return { reply: authenticationSaslFinal(signature), done: true };
  }
}
