import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
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

const PAGES = [
  'README.md',
  'README.ru.md',
  'CONTRIBUTING.md',
  ...globSync('docs/*.md', { cwd: root }).sort(),
];

/** The names that GitHub gives the headings of a page, for links to them. */
function anchorsOf(page: string): Set<string> {
  const prose = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#+ (.+)$/gm)) {
    const shown = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const name = shown.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    let anchor = name;
    for (let number = 1; anchors.has(anchor); number += 1) anchor = `${name}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Links of a page inside of the repository: the file, and the heading if one is named. */
function linksOf(page: string): { target: string; anchor: string | undefined }[] {
  return [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, path = '', anchor]) => ({
      target: path === '' ? page : join(dirname(page), path),
      anchor: anchor === undefined ? undefined : decodeURIComponent(anchor),
    }),
  );
}

test('the names of headings are those of GitHub', () => {
  assert.ok(anchorsOf('docs/containers.md').has('what-a-container-may-do'));
  assert.ok(anchorsOf('docs/deployment.ru.md').has('10-расписания'));
  assert.ok(anchorsOf('docs/sql.md').has('is-everything-moving-main-database'));
});

for (const file of PAGES) {
  test(`${file} links to files and headings that are there`, () => {
    for (const { target, anchor } of linksOf(file)) {
      assert.ok(existsSync(join(root, target)), `${file} links to ${target}`);
      if (anchor !== undefined && target.endsWith('.md'))
        assert.ok(anchorsOf(target).has(anchor), `${file} links to ${target}#${anchor}`);
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

test('every page is linked from README.md, or from a page that is', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    for (const { target } of linksOf(page)) if (target.endsWith('.md')) reached.add(target);
  }
  assert.deepEqual(
    PAGES.filter((page) => !reached.has(page)),
    [],
  );
});

test('pages and headings that code and settings refer to are there', () => {
  const files = globSync(
    [
      ...['{src,bin,scripts,tests,eval,bench,deploy,migrations,rag-migrations}/**/*.{ts,js,sql,yaml,yml}'],
      ...['deploy/*', '*.yaml', 'Dockerfile', '.env.example', 'docs/*.yml'],
    ],
    { cwd: root },
  );
  assert.ok(files.length > 300);
  for (const file of files) {
    if (!statSync(join(root, file)).isFile()) continue;
    for (const [, page = '', heading] of read(file).matchAll(/\b(docs\/[\w.-]+\.md)(?:, "([^"\n]+)")?/g)) {
      assert.ok(existsSync(join(root, page)), `${file} refers to ${page}`);
      if (heading !== undefined)
        assert.match(
          read(page),
          new RegExp(`^#+ ${heading}$`, 'm'),
          `${file} refers to ${page}, "${heading}"`,
        );
    }
  }
});

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
