import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { differenceOf, parseGuide } from '../helpers/guide.ts';

describe('the reader of guides', () => {
  it('finds scripts with their headings, their lines and what they print', () => {
    const page = [
      '# A',
      '',
      '```bash',
      'one',
      '```',
      'words',
      '```text',
      '1',
      '2',
      '```',
      '## B',
      '```bash',
      'two',
      '```',
    ];
    assert.deepEqual(parseGuide(page.join('\n')), [
      { heading: 'A', line: 4, script: 'one', expected: '1\n2' },
      { heading: 'B', line: 13, script: 'two', expected: undefined },
    ]);
  });

  it('refuses what it could not check', () => {
    assert.throws(() => parseGuide('```text\noutput of nothing\n```'), /Line 1/);
    assert.throws(() => parseGuide('```bash\na\n```\n```text\nb\n```\n```text\nc\n```'), /Line 7/);
    assert.throws(() => parseGuide('```\na\n```'), /Line 1/);
    assert.throws(() => parseGuide('```bash\na'), /not closed/);
  });
});

describe('the comparison with a guide', () => {
  for (const [expected, actual] of [
    ['20', '20\n'],
    ['a  \n b', 'a\n b   '],
    ['{"id":…,"name":"x"}', '{"id":17,"name":"x"}'],
    ['…\nlast', 'first\nsecond\nlast'],
    ['…\nlast', 'last'],
    ['first\n…', 'first'],
    ['first\n…\nlast\n…', 'first\na\nb\nlast\nc'],
    ['at 2025-12-16T15:30:00Z', 'at 2026-01-02T03:04:05Z'],
    ['at 2025-12-16T15:30:00Z', 'at 2026-01-02 03:04:05.123+03'],
    ['a (b) [c] $1 *', 'a (b) [c] $1 *'],
  ] as const) {
    it(`takes ${JSON.stringify(actual)} for ${JSON.stringify(expected)}`, () => {
      assert.equal(differenceOf(expected, actual), undefined);
    });
  }

  for (const [expected, actual] of [
    ['20', '19'],
    ['20', '20\n20'],
    ['a.c', 'abc'],
    ['…\nlast', 'last\nmore'],
    ['a\nb', 'a'],
    ['at 2025-12-16T15:30:00Z', 'at noon'],
    ['{"id":…}', '{"id":\n1}'],
  ] as const) {
    it(`does not take ${JSON.stringify(actual)} for ${JSON.stringify(expected)}`, () => {
      assert.match(differenceOf(expected, actual) ?? '', /^expected/);
    });
  }
});
