import { MessageTooLarge, type FrontendMessage } from './frontend-reader.ts';
import { KEPT_MESSAGE_BYTES } from './unit.ts';

/** The extended messages of one client that wait for the Sync or Flush which makes them a unit. */
export class ExtendedMessages {
  readonly #maxBytes: number;
  #messages: FrontendMessage[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** The memory that they take. */
  get keptBytes(): number {
    return this.#bytes + this.#messages.length * KEPT_MESSAGE_BYTES;
  }

  /** Throws `MessageTooLarge` when they are more together than one message may be. */
  keep(message: FrontendMessage): void {
    this.#messages.push(message);
    this.#bytes += message.bytes.length;
    if (this.#bytes > this.#maxBytes) throw new MessageTooLarge(this.#bytes, this.#maxBytes);
  }

  takeAll(): FrontendMessage[] {
    this.#bytes = 0;
    return this.#messages.splice(0);
  }
}
