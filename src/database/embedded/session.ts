import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { CANCELED, messageTooLarge, OUT_OF_MEMORY } from './client-errors.ts';
import { CopyIn } from './copy-in.ts';
import { ExtendedMessages } from './extended-messages.ts';
import { FrameError, FrontendReader, MessageTooLarge, type FrontendMessage } from './frontend-reader.ts';
import { Handshake, type HandshakeStep, type LoginRequest } from './handshake.ts';
import { greeting } from './greeting.ts';
import { type BackendError, copyInResponse, errorResponse, notificationResponse } from './messages.ts';
import type { HostedSession, SessionHost } from './session-host.ts';
import { createSessionState, type SessionState } from './session-state.ts';
import { bytesOf, extendedUnit, isSynced, protocolViolation, queryUnit, type Unit } from './unit.ts';
import type { Notification } from './unit-outcome.ts';

/** Bytes read ahead from a client whose unit waits its turn; a client that sends more is read no further. */
const MAX_READ_AHEAD_BYTES = 1024 * 1024;
/** A listener that does not read is let go before its notifications fill the memory. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

/** How long a client may take to close its side after our last word. */
const LINGER_MS = 1_000;

/** One client: cuts what it sends into units, lets each wait its turn, and answers. */
export class Session implements HostedSession {
  state: SessionState | undefined;
  secret = 0;
  readonly #socket: Socket;
  readonly #host: SessionHost;
  readonly #reader = new FrontendReader();
  readonly #handshakeTimer: NodeJS.Timeout;
  readonly #handshake: Handshake;
  #phase: 'handshake' | 'admission' | 'open' | 'closed' = 'handshake';
  readonly #extended: ExtendedMessages;
  #unit: Unit | undefined;
  #unitBytes = 0;
  #copy: CopyIn | undefined;
  #skipToSync = false;
  /** Extended messages that have run without their Sync. */
  #unfinished = false;
  #inputEnded = false;

  constructor(socket: Socket, host: SessionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#handshake = new Handshake(host.verifier);
    this.#extended = new ExtendedMessages(host.maxMessageBytes);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      if (this.closed) return;
      this.#reader.push(chunk);
      if (this.unfinishedBytes > MAX_READ_AHEAD_BYTES && !host.mayKeep()) {
        this.end(OUT_OF_MEMORY);
        return;
      }
      if (this.#copy !== undefined) host.touch(this);
      this.#advance();
    });
    // What was sent before the end is still served, as a server would; a broken connection is not.
    socket.on('end', () => {
      this.#inputEnded = true;
      if (this.closed) socket.destroy();
      else this.#advance();
    });
    socket.on('drain', () => this.#advance());
    socket.on('error', () => this.#close());
    socket.on('close', () => this.#close());
    this.#handshakeTimer = setTimeout(() => socket.destroy(), host.handshakeTimeoutMs).unref();
  }

  get closed(): boolean {
    return this.#phase === 'closed';
  }

  get unfinishedBytes(): number {
    const keptBytes = this.#extended.keptBytes + (this.#copy?.bytes ?? 0);
    return this.#reader.bufferedBytes + keptBytes + this.#unitBytes;
  }

  get isBetweenUnits(): boolean {
    const idle = this.#unit === undefined && this.#copy === undefined && this.#extended.isEmpty;
    return this.#phase === 'open' && idle && !this.#unfinished && !this.#skipToSync;
  }

  runUnit(): boolean {
    const unit = this.#unit;
    this.#unit = undefined;
    this.#unitBytes = 0;
    const result = unit === undefined || this.closed ? undefined : this.#host.run(this, unit);
    // Its own statement may have ended it.
    if (result === undefined || this.closed) return false;
    this.#write(result.reply);
    this.#skipToSync = result.skipToSync;
    this.#unfinished = result.unfinished;
    this.#advance();
    return result.held && !this.closed;
  }

  notify(notification: Notification): void {
    if (this.closed) return;
    this.#socket.write(
      notificationResponse(notification.processId, notification.channel, notification.payload),
    );
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.#socket.destroy();
  }

  warn(notice: Buffer): void {
    if (!this.closed) this.#socket.write(notice);
  }

  cancel(): void {
    if (this.#copy !== undefined) {
      this.#copy = undefined;
      this.#enter({ kind: 'refused', error: CANCELED, synced: true });
    } else if (this.#unit !== undefined) {
      this.#unit = { kind: 'refused', error: CANCELED, synced: isSynced(this.#unit) };
      this.#unitBytes = 0;
    }
  }

  drop(): void {
    this.#socket.destroy();
    this.#close();
  }

  end(error: BackendError): void {
    if (this.closed) return;
    this.#socket.end(errorResponse(error));
    this.#close();
  }

  #advance(): void {
    try {
      while (this.#mayHandle()) {
        const message =
          this.#phase === 'handshake'
            ? this.#handshake.next(this.#reader)
            : this.#reader.next(this.#host.maxMessageBytes);
        if (message === undefined) {
          // A client that is gone in the middle of a message is gone.
          if (this.#inputEnded) this.#finish();
          break;
        }
        if (this.#phase === 'handshake') this.#handleHandshake(this.#handshake.take(message));
        else this.#handle(message);
      }
    } catch (error) {
      // A server, too, has nothing to say to who does not speak its language; a client that ended before its turn is one.
      if (error instanceof FrameError && this.#phase === 'handshake') this.#finish();
      else if (error instanceof FrameError) this.end(protocolViolation(error.message));
      else if (error instanceof MessageTooLarge) this.end(messageTooLarge(error.bytes, error.maxBytes));
      else throw error;
    }
    if (this.closed) return;
    if (this.#reader.bufferedBytes > MAX_READ_AHEAD_BYTES && !this.#mayHandle()) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  /** Strictly one after another, and nothing while the client has yet to read what it was sent. */
  #mayHandle(): boolean {
    const listening = this.#phase !== 'admission' && this.#phase !== 'closed';
    return listening && this.#unit === undefined && !this.#socket.writableNeedDrain;
  }

  #handleHandshake(step: HandshakeStep): void {
    switch (step.kind) {
      case 'go-on':
        this.#socket.write(step.reply);
        break;
      case 'logged-in':
        this.#phase = 'admission';
        this.#host.authenticated(this);
        this.#socket.write(step.reply);
        void this.#open(step.request);
        break;
      case 'refused':
        this.end(step.error);
        break;
      case 'cancel':
        this.#host.cancel(step.processId, step.secret);
        this.#finish();
        break;
      case 'gone':
        this.#finish();
    }
  }

  async #open(request: LoginRequest): Promise<void> {
    const parameters = await this.#host.parameters();
    if (this.closed) return;
    clearTimeout(this.#handshakeTimer);
    const admitted = this.#host.admit(this);
    if (typeof admitted !== 'number') {
      this.end(admitted);
      return;
    }
    this.secret = randomInt(1, 2 ** 31 - 1);
    const state = createSessionState(admitted, request.settings, parameters, this.#socket.remotePort ?? 0);
    this.state = state;
    for (const name of parameters.keys()) {
      const own = request.settings.get(name);
      if (own !== undefined) state.reported.set(name, own);
    }
    this.#host.opened(state);
    this.#phase = 'open';
    this.#socket.write(greeting(state, this.secret));
    this.#advance();
  }

  #handle(message: FrontendMessage): void {
    const { type } = message;
    if (type === 'X') this.#finish();
    else if (this.#copy !== undefined) this.#handleCopy(message, this.#copy);
    else if (this.#skipToSync && type !== 'Q' && type !== 'F') this.#skip(type);
    else if ((type === 'Q' || type === 'F') && !this.#extended.isEmpty) {
      // Extended messages without a Sync come first, as if there were a Flush.
      this.#reader.unread(message.bytes);
      this.#enter(extendedUnit(this.#extended.takeAll(), false));
    } else if (type === 'Q') this.#handleQuery(message);
    else if (type === 'F') this.#enter({ kind: 'function-call', bytes: message.bytes });
    else if ('PBDEC'.includes(type)) this.#extended.keep(message);
    else if (type === 'H' || type === 'S') {
      this.#extended.keep(message);
      this.#enter(extendedUnit(this.#extended.takeAll(), type === 'S'));
    }
    // What a client goes on sending after its COPY has failed is passed over, as a server does.
    else if (!'dcf'.includes(type))
      this.end(protocolViolation(`invalid frontend message type ${type.charCodeAt(0)}`));
  }

  #skip(type: string): void {
    if (type !== 'S') return;
    this.#skipToSync = false;
    this.#enter({ kind: 'sync-only' });
  }

  #handleQuery(message: FrontendMessage): void {
    const unit = queryUnit(message);
    const copy = unit.kind === 'query' ? unit.scanned.statements[0] : undefined;
    if (unit.kind !== 'query' || copy?.kind !== 'copy-in') {
      this.#enter(unit);
      return;
    }
    // In a failed transaction the backend has only its refusal to say.
    if (this.state?.status === 'E') {
      this.#enter(unit);
      return;
    }
    this.#copy = new CopyIn(unit.bytes, this.#host.maxCopyBytes);
    this.#socket.write(copyInResponse(copy.binary, copy.columns));
  }

  #handleCopy(message: FrontendMessage, copy: CopyIn): void {
    const unit = copy.take(message);
    if (unit === undefined) return;
    this.#copy = undefined;
    this.#enter(unit);
  }

  #enter(unit: Unit): void {
    this.#unit = unit;
    this.#unitBytes = bytesOf(unit);
    this.#host.enter(this);
  }

  #write(parts: readonly Buffer[]): void {
    this.#socket.cork();
    for (const part of parts) if (part.length > 0) this.#socket.write(part);
    this.#socket.uncork();
  }

  #finish(): void {
    this.#socket.end();
    this.#close();
  }

  #close(): void {
    if (this.closed) return;
    this.#phase = 'closed';
    clearTimeout(this.#handshakeTimer);
    this.#copy = undefined;
    this.#extended.takeAll();
    // Read on until the other side closes too, or the last word could be lost; but do not wait for ever.
    this.#socket.resume();
    if (this.#inputEnded) this.#socket.destroySoon();
    else setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
    this.#host.leave(this);
  }
}
