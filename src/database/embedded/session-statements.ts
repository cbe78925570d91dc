import { createHash } from 'node:crypto';
import { buildMessage, readString } from './messages.ts';
import type { StatementKind } from './statement-kinds.ts';

interface Prepared {
  /** The Parse message, to be sent again; undefined for one made by SQL's PREPARE. */
  parse: Buffer | undefined;
  kind: StatementKind;
  /** Whether the backend still has it. */
  live: boolean;
}

/**
 * The prepared statements of one session. All sessions share the backend's one name space, so a named statement
 * carries its session's number there. And there is one unnamed statement: another session's Parse replaces it, as
 * `DEALLOCATE ALL` drops everybody's, so a lost one is parsed again when its owner next uses it.
 */
export class SessionStatements {
  readonly #prefix: string;
  readonly #prepared = new Map<string, Prepared>();

  constructor(sessionId: number) {
    this.#prefix = `s${sessionId}.`;
  }

  /** The name in the backend. What would not fit its 63 bytes is shortened by a hash instead of being cut. */
  backendName(name: string): string {
    if (name === '') return '';
    const full = this.#prefix + name;
    if (Buffer.byteLength(full) <= 63) return full;
    return `${this.#prefix}#${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
  }

  /** A Parse message under the backend's name. */
  renameParse(body: Buffer): Buffer {
    const name = readString(body, 0);
    return buildMessage('P', this.backendName(name), body.subarray(Buffer.byteLength(name) + 1));
  }

  parsed(name: string, parse: Buffer | undefined, kind: StatementKind): void {
    this.#prepared.set(name, { parse, kind, live: true });
  }

  closed(name: string): void {
    this.#prepared.delete(name);
  }

  allClosed(): void {
    this.#prepared.clear();
  }

  kindOf(name: string): StatementKind {
    return this.#prepared.get(name)?.kind ?? { kind: 'other' };
  }

  /** The backend lost this one, or all of them. */
  lost(name?: string): void {
    for (const [key, prepared] of this.#prepared) {
      if (name === undefined || key === name) prepared.live = false;
    }
  }

  /** What must be sent before the statement can be used, when the backend has lost it. */
  revival(name: string): Buffer | undefined {
    const prepared = this.#prepared.get(name);
    return prepared === undefined || prepared.live ? undefined : prepared.parse;
  }

  revived(name: string): void {
    const prepared = this.#prepared.get(name);
    if (prepared !== undefined) prepared.live = true;
  }

  /** The backend's names of all that it still holds for this session, except the unnamed one. */
  liveBackendNames(): string[] {
    return [...this.#prepared]
      .filter(([name, prepared]) => name !== '' && prepared.live)
      .map(([name]) => this.backendName(name));
  }
}
