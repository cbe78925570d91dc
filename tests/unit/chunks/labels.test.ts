import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { BUYERS_WORDS, LABELS, STATES, TITLES } from '../../../src/chunks/labels.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const known: ReadonlySet<string> = new Set(LABELS);

describe('the labels of chunks', () => {
  it('are those that the generated columns read', () => {
    const migration = read('rag-migrations/013_add_chunk_facts.sql').split('-- Down Migration')[0]!;
    const labels = [...migration.matchAll(/rag_(?:line|part)\((?:[^()]|\([^()]*\))*?, '([^']+)'\)/g)].map(
      ([, label]) => label!,
    );
    assert.ok(labels.length > 40, 'the migration is read');
    assert.deepEqual(
      [...new Set(labels)].filter((label) => !known.has(label)),
      [],
    );
    const ends = [...migration.matchAll(/e'\\n([^':]+): '/g)].map(([, label]) => label!);
    assert.deepEqual([...new Set(ends)], [...BUYERS_WORDS]);
  });

  it('stand in docs/chunks.md, each of them, with the states', () => {
    const page = read('docs/chunks.md');
    for (const word of [...LABELS, ...Object.values(TITLES), ...Object.values(STATES)])
      assert.ok(page.includes(word), word);
  });

  it('are written by the sources, each of them', () => {
    const sources = globSync('src/indexing/sources/*.ts', { cwd: new URL('../../..', import.meta.url) })
      .map(read)
      .join('\n');
    for (const label of LABELS) assert.ok(sources.includes(`'${label}'`), label);
  });
});
