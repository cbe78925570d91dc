import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { SOURCES } from '../../src/indexing/sources/index.ts';
import type { Source, SourceRow } from '../../src/indexing/sources/source.ts';
import { TEXTS_VERSION } from '../../src/indexing/sources/texts-version.ts';

/** Version and SHA-256 of what the sources say. A change of the second without the first leaves old texts in every index. */
const KNOWN = { version: 1, hash: '7d85279565803737c9cc86857161cc8814c0f5e5c0c95fb9c2005754a5101c0e' };

/** Every kind of value that a column may have, among them those that texts tell apart. */
const VALUES = [
  ...[null, '0', '1', '3', '5', '6', '20', '21', '-7', '1990.5', '0.01', 'NaN'],
  ...['active', 'cancelled', 'bought', 'returned', 'buyout', 'return', 'ok', 'smaller', 'odd'],
  ...['2026-01-02', '  два   слова ', 'строка\nещё', '[]', '["ok"]'],
];
const FLAGS = [null, true, false];
const LISTS = [null, [], ['Удобно'], ['Удобно', ' мягко '], [1, null], { a: 1 }, 'слово'];
const COUNTS = ['0', '1', '5', '2', '3', '6', '20', '21', '9007199254740993'];
const ROWS = 200;

/** The names of the columns that a source selects: `s.name`, `… as name` and `… as "name"`. */
function columnsOf({ columns }: Source): string[] {
  const named = [...columns.matchAll(/\bas "?(\w+)"?|\bs\.(\w+)(?=\s*(?:,|$))/g)];
  return [...new Set(named.map(([, alias, plain]) => alias ?? plain!))];
}

function valuesOf(column: string): readonly unknown[] {
  if (column.startsWith('is_') || column === 'in_stock') return FLAGS;
  if (column === 'bables') return LISTS;
  return column === 'quantity' || column === 'rating' ? COUNTS : VALUES;
}

function textsOf(source: Source): string[] {
  const columns = columnsOf(source);
  return Array.from({ length: ROWS }, (_, row) => {
    const entries = columns.map((column, place) => {
      const values = valuesOf(column);
      // Brings every value to every column, in ever other company.
      return [column, values[(row * row + row * (place + 1) + place) % values.length]];
    });
    try {
      return source.toText(Object.fromEntries(entries) as SourceRow);
    } catch {
      return 'no value of this column';
    }
  });
}

describe('the version of the texts', () => {
  it('is raised with every change of what chunks say, so that indexes follow it', () => {
    const hash = createHash('sha256');
    for (const [name, source] of Object.entries<Source>(SOURCES)) {
      const { columns, joins, condition } = source;
      hash.update(JSON.stringify([name, [columns, joins, condition].map(unspaced), textsOf(source)]));
    }
    assert.deepEqual(
      { version: TEXTS_VERSION, hash: hash.digest('hex') },
      KNOWN,
      'The texts changed: raise TEXTS_VERSION in src/indexing/sources/texts-version.ts and write both down here.',
    );
  });

  it('is worked out from rows that say something', () => {
    for (const source of Object.values<Source>(SOURCES)) {
      assert.ok(columnsOf(source).length >= 8, source.name);
      assert.ok(new Set(textsOf(source)).size > ROWS / 10, source.name);
    }
  });
});

const unspaced = (sql: string) => sql.replace(/\s+/g, ' ').trim();
