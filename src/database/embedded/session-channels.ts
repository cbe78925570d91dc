import type { Select } from './select.ts';
import { quoteIdentifier } from './sql-scanner.ts';
import type { StatementKind } from './statement-kinds.ts';

type ChannelStatement = Extract<
  StatementKind,
  { kind: 'listen' | 'unlisten' | 'savepoint' | 'release' | 'rollback-to' | 'end' }
>;
type Pending = { listen: string } | { unlisten: string | undefined } | { savepoint: string };

/** Identifiers are cut to this by the server (NAMEDATALEN - 1), so `LISTEN` of a longer name means the short one. */
const MAX_NAME_BYTES = 63;

/**
 * The channels that one session listens to. LISTEN and UNLISTEN take effect when their transaction commits, and
 * go with a rolled-back savepoint.
 */
export class SessionChannels {
  readonly names = new Set<string>();
  #pending: Pending[] = [];
  #changed = false;

  /** Takes note of a statement that the backend has confirmed; `tag` tells a COMMIT from one that rolled back. */
  confirm(statement: ChannelStatement, tag: string): void {
    switch (statement.kind) {
      case 'listen':
        this.#pending.push({ listen: cut(statement.channel) });
        break;
      case 'unlisten':
        this.#pending.push({
          unlisten: statement.channel === undefined ? undefined : cut(statement.channel),
        });
        break;
      case 'savepoint':
        this.#pending.push({ savepoint: statement.name });
        break;
      case 'rollback-to':
        this.#pending.length = this.#savepoint(statement.name) + 1;
        break;
      case 'release':
        break;
      case 'end':
        this.settle(tag === 'ROLLBACK');
    }
  }

  /** The transaction is over. */
  settle(rolledBack: boolean): void {
    if (!rolledBack) {
      for (const step of this.#pending) {
        this.#changed ||= !('savepoint' in step);
        if ('listen' in step) this.names.add(step.listen);
        else if ('unlisten' in step && step.unlisten === undefined) this.names.clear();
        else if ('unlisten' in step) this.names.delete(step.unlisten!);
      }
    }
    this.#pending = [];
  }

  clear(): void {
    this.names.clear();
    this.#pending = [];
    this.#changed = true;
  }

  /** Whether the backend may listen to something else since this was last asked. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  #savepoint(name: string): number {
    return this.#pending.findLastIndex((step) => 'savepoint' in step && step.savepoint === name);
  }
}

/** Makes the backend listen to what its sessions listen to, no less and no more. */
export function alignChannels(
  sessions: Iterable<{ readonly channels: SessionChannels }>,
  select: Select,
): void {
  const wanted = new Set([...sessions].flatMap((session) => [...session.channels.names]));
  const actual = new Set(select('select pg_catalog.pg_listening_channels()').map(([name]) => name!));
  const statements = [
    ...[...wanted].filter((name) => !actual.has(name)).map((name) => `listen ${quoteIdentifier(name)}`),
    ...[...actual].filter((name) => !wanted.has(name)).map((name) => `unlisten ${quoteIdentifier(name)}`),
  ];
  if (statements.length > 0) select(statements.join('; '));
}

function cut(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= MAX_NAME_BYTES) return name;
  return new TextDecoder().decode(bytes.subarray(0, MAX_NAME_BYTES)).replace(/\ufffd$/, '');
}
