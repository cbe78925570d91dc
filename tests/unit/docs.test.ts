import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { DERIVED_DOCS } from '../../scripts/derived-docs.ts';
import { DIMENSION_NAMES } from '../../src/analytics/dimensions.ts';
import { ANALYTICS_FUNCTIONS } from '../../src/analytics/functions.ts';
import { MEASURES } from '../../src/analytics/measures.ts';
import { CONFIG_VARIABLES } from '../../src/config.ts';
import { ENDPOINTS } from '../../src/wildberries/endpoints.ts';
import { FAULT_KINDS } from '../../src/simulator/fault-script.ts';
import { ROUTES } from '../../src/simulator/routes.ts';
import { PART_NAMES } from '../../src/wildberries/sync/parts.ts';
import { SCOPE_NAMES } from '../../src/wildberries/token.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

for (const [file, text] of Object.entries(DERIVED_DOCS)) {
  test(`${file} says what the code says`, () => {
    assert.equal(read(file), text, `${file} is out of date: npm run docs`);
  });
}

const WRITTEN_DOCS = [
  'README.md',
  'README.ru.md',
  'CONTRIBUTING.md',
  'docs/api.md',
  'docs/architecture.md',
  'docs/command-line.md',
  'docs/comparison.md',
  'docs/demo.md',
  'docs/deployment.ru.md',
  'docs/operations.md',
  'docs/containers.md',
  'docs/sql.md',
  'docs/wildberries.md',
  'docs/analytics.md',
  'docs/evaluation.md',
];
for (const file of WRITTEN_DOCS) {
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

test('README.md can be read in two minutes, and README.ru.md has the same commands and output', () => {
  const page = read('README.md');
  assert.ok(page.split(/\s+/).length <= 600);
  const blocks = (text: string) => [...text.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
  assert.ok(blocks(page).length >= 6);
  assert.deepEqual(blocks(read('README.ru.md')), blocks(page));
  const links = (text: string) =>
    new Set([...text.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, target]) => target));
  assert.deepEqual(links(read('README.ru.md')), links(page));
});

const WB_VARIABLES = Object.keys(CONFIG_VARIABLES).filter((name) => name.startsWith('WB_'));
const NAMED: Readonly<Record<string, readonly string[]>> = {
  'part of the sync': PART_NAMES.map((name) => `| \`${name}\``),
  'configuration variable that begins with WB_': WB_VARIABLES.map((name) => `\`${name}`),
  'kind of fault of the simulator': FAULT_KINDS.map((kind) => `\`${kind}\``),
  'endpoint of the simulator': ROUTES.map(({ endpoint }) => `\`${endpoint}\``),
  'category of tokens': Object.values(SCOPE_NAMES).map((name) => `«${name}»`),
  // A part of a task's path is all that the page needs of its steps.
  'path of the Wildberries API': Object.values(ENDPOINTS).map(({ path }) => path.replace(/\/tasks\/.*/, '')),
};
for (const [what, names] of Object.entries(NAMED)) {
  test(`docs/wildberries.md names every ${what}`, () => {
    const page = read('docs/wildberries.md');
    assert.ok(names.length > 1);
    assert.deepEqual(
      names.filter((name) => !page.includes(name)),
      [],
    );
  });
}

test('docs/analytics.md defines every measure as the code does, and names every function and dimension', () => {
  const page = read('docs/analytics.md').replaceAll(/ +/g, ' ');
  for (const [name, { formula }] of Object.entries(MEASURES))
    assert.ok(page.includes(`| \`${name}\` |`) && page.includes(`| ${formula} |`), name);
  for (const { name } of ANALYTICS_FUNCTIONS) assert.ok(page.includes(`| \`${name}\` |`), name);
  for (const name of DIMENSION_NAMES) assert.ok(page.includes(`\`${name}\``), name);
});
