import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { DERIVED_DOCS } from '../../scripts/derived-docs.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

for (const [file, text] of Object.entries(DERIVED_DOCS)) {
  test(`${file} says what the code says`, () => {
    assert.equal(read(file), text, `${file} is out of date: npm run docs`);
  });
}

for (const file of ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/operations.md']) {
  test(`${file} links to files that are there`, () => {
    for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      assert.ok(existsSync(join(root, dirname(file), target)), `${file} links to ${target}`);
    }
  });

  test(`${file} names npm scripts and commands that exist`, () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, script = ''] of read(file).matchAll(/npm run ([\w:-]+)/g))
      assert.ok(scripts[script], `npm run ${script}`);
    const cli = read('src/cli.ts');
    for (const [, verb = ''] of read(file).matchAll(/npx wb-assist (?!-)(\w+)/g)) {
      assert.ok(cli.includes(`'${verb}'`), `npx wb-assist ${verb}`);
    }
  });
}
