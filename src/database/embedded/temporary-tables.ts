import { isAppError, messageOf } from '../../errors.ts';
import type { Select } from './select.ts';
import { quoteIdentifier } from './sql-scanner.ts';

/** What one session knows of its temporary relations, by their oids. */
export interface TemporaryRelations {
  /** Whether it has run a statement that may make some. */
  touched: boolean;
  hidden: Map<string, { kind: string; name: string }>;
}

/** Names that no client gives. A view's and a sequence's ALTER may say TABLE, an index's may not. */
const HIDDEN = '!hidden.';
const SELECT_VISIBLE = `
  select oid, case when relkind = 'i' then 'index' when relkind = 'S' then 'sequence' when relkind = 'v' then 'view' else 'table' end, relname
  from pg_catalog.pg_class
  where relnamespace = pg_catalog.pg_my_temp_schema() and relkind in ('r', 'p', 'v', 'S', 'i') and not pg_catalog.starts_with(relname, '${HIDDEN}')`;

export function createTemporaryRelations(): TemporaryRelations {
  return { touched: false, hidden: new Map() };
}

/**
 * Temporary tables, views and sequences are their session's own and end with it. All sessions share the one temporary schema
 * of their one backend, so those of a session that is not served have other names meanwhile. A session without any costs
 * nothing; one that has some pays a rename of each whenever another has been served in between.
 */
export class TemporaryTables {
  readonly #select: Select;
  readonly #onRefused: (reason: string) => void;
  #current: TemporaryRelations | undefined;

  constructor(select: Select, onRefused: (reason: string) => void) {
    this.#select = select;
    this.#onRefused = onRefused;
  }

  /** Only between transactions. `prepare` is called first where there is something to do: it takes off the settings of clients. */
  switchTo(next: TemporaryRelations | undefined, prepare: () => void): void {
    const previous = this.#current;
    if (previous === next) return;
    this.#current = next;
    const shows = next !== undefined && next.hidden.size > 0;
    if (previous?.touched !== true && !shows) return;
    prepare();
    if (previous?.touched === true) this.#hide(previous);
    if (shows) this.#show(next);
  }

  /** Drops what a session leaves behind. */
  end(relations: TemporaryRelations, prepare: () => void): void {
    if (this.#current === relations) this.switchTo(undefined, prepare);
    if (relations.hidden.size === 0) return;
    prepare();
    for (const [oid, { kind }] of relations.hidden) {
      // An index goes with its table, and a sequence may.
      if (kind !== 'index')
        this.#attempt(`drop ${kind} if exists pg_temp.${quoteIdentifier(HIDDEN + oid)} cascade`);
    }
    relations.hidden.clear();
  }

  #hide(relations: TemporaryRelations): void {
    const rows = this.#select(SELECT_VISIBLE);
    for (const [oid, kind, name] of rows) {
      relations.hidden.set(oid!, { kind: kind!, name: name! });
      this.#rename(kind!, name!, HIDDEN + oid!);
    }
  }

  #show(relations: TemporaryRelations): void {
    for (const [oid, { kind, name }] of relations.hidden) this.#rename(kind, HIDDEN + oid, name);
    relations.hidden.clear();
  }

  #rename(kind: string, from: string, to: string): void {
    this.#attempt(
      `alter ${kind} if exists pg_temp.${quoteIdentifier(from)} rename to ${quoteIdentifier(to)}`,
    );
  }

  /** What a client has made must not be able to keep others from being served, whatever it is. */
  #attempt(sql: string): void {
    try {
      this.#select(sql);
    } catch (error) {
      if (!isAppError(error, 'database_failed')) throw error;
      this.#onRefused(messageOf(error));
    }
  }
}
