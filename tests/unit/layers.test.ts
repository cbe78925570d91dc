import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** What the files of a folder of src may import from besides themselves. `root`: the files that lie in src itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  root: [],
  database: ['root'],
  cabinets: ['root', 'database'],
  provider: ['root'],
  russian: ['root'],
  chunks: ['root', 'russian'],
  embedding: ['root', 'russian', 'chunks', 'provider'],
  jobs: ['root', 'database'],
  changes: ['root', 'database', 'jobs'],
  indexing: ['root', 'chunks', 'database', 'cabinets', 'embedding', 'jobs'],
  analytics: ['root', 'russian', 'database'],
  understanding: ['root', 'russian', 'chunks', 'analytics'],
  retrieval: ['root', 'russian', 'database', 'embedding', 'understanding'],
  chat: [
    ...['root', 'russian', 'chunks', 'database', 'cabinets', 'provider', 'embedding', 'analytics'],
    ...['understanding', 'retrieval'],
  ],
  wildberries: ['root', 'database', 'cabinets', 'jobs'],
  simulator: ['root', 'wildberries'],
  telemetry: ['root', 'database', 'jobs'],
  activity: ['root', 'database'],
  http: [
    ...['root', 'database', 'activity', 'cabinets', 'embedding', 'indexing', 'analytics', 'retrieval'],
    ...['understanding', 'chat', 'wildberries'],
  ],
};
/** These put the parts together, so they may know all of them. */
const COMPOSERS = new Set(['commands', 'app.ts', 'cli.ts']);

/** `app.ts` and `cli.ts` stand for themselves, other files of src for `root`, the rest for their folder. */
function layerOf(file: string): string {
  const [first, ...rest] = file.split('/');
  if (rest.length > 0) return first!;
  return COMPOSERS.has(file) ? file : 'root';
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+\.ts)['"]/g;

/** Every file of src with those that it imports, types included. */
function readImports(): Map<string, string[]> {
  const imports = new Map<string, string[]>();
  for (const file of globSync('**/*.ts', { cwd: SRC }).sort()) {
    const text = readFileSync(join(SRC, file), 'utf8');
    const targets = [...text.matchAll(IMPORT)]
      .map((match) => (match[1] ?? match[2] ?? match[3])!)
      .filter((target) => target.startsWith('.'))
      .map((target) => relative(SRC, join(SRC, dirname(file), target)))
      .filter((target) => !target.startsWith('..'));
    imports.set(file, [...new Set(targets)]);
  }
  return imports;
}

function isAllowed(from: string, to: string): boolean {
  const [layer, target] = [layerOf(from), layerOf(to)];
  if (target === 'cli.ts') return false;
  if (target === 'app.ts') return layer === 'commands';
  if (target === 'commands') return layer === 'commands' || layer === 'cli.ts';
  return layer === target || COMPOSERS.has(layer) || (MAY_IMPORT[layer]?.includes(target) ?? false);
}

/** Rows of the table of folders in docs/architecture.md: what each folder may import, by its name. */
function readFolderTable(): Record<string, string[]> {
  const page = readFileSync(join(SRC, '../docs/architecture.md'), 'utf8');
  const [, section = ''] = /^## Folders$([\s\S]*?)^## /m.exec(page) ?? [];
  const rows = [...section.matchAll(/^\| `(\w+)\/`\s*\|.*\|([^|]*)\|$/gm)];
  return Object.fromEntries(
    rows.map(([, folder = '', imports = '']) => [folder, imports.split(',').map((name) => name.trim())]),
  );
}

test('docs/architecture.md has every folder, with what it may import', () => {
  const { commands, ...folders } = readFolderTable();
  assert.deepEqual(commands, ['everything']);
  const allowed = Object.entries(MAY_IMPORT).filter(([folder]) => folder !== 'root');
  const sorted = (names: readonly string[]) => names.filter((name) => name !== '' && name !== 'root').sort();
  assert.deepEqual(
    Object.fromEntries(Object.entries(folders).map(([folder, names]) => [folder, sorted(names)])),
    Object.fromEntries(allowed.map(([folder, names]) => [folder, sorted(names)])),
  );
});

describe('src', () => {
  const imports = readImports();

  it('is read as it is: the imports that must be there are seen', () => {
    assert.ok(imports.get('app.ts')?.includes('changes/listener.ts'), 'a plain import');
    assert.ok(imports.get('cli.ts')?.includes('commands/start.ts'), 'an import at run time');
    assert.ok(imports.get('indexing/comparison.ts')?.includes('indexing/rows.ts'), 'a type');
    for (const targets of imports.values()) {
      for (const target of targets) assert.ok(imports.has(target) || target.endsWith('.d.ts'), target);
    }
  });

  it('has no folder that nobody has given a place', () => {
    const layers = new Set([...imports.keys()].map(layerOf));
    assert.deepEqual(
      [...layers].filter((layer) => !(layer in MAY_IMPORT) && !COMPOSERS.has(layer)),
      [],
    );
  });

  it('imports in one direction only, from the folders above to those below', () => {
    const wrong = [...imports].flatMap(([file, targets]) =>
      targets.filter((target) => !isAllowed(file, target)).map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('has no files that import one another in a circle, not even for their types', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      const place = path.indexOf(file);
      if (place >= 0) cycles.push([...path.slice(place), file].join(' → '));
      if (place >= 0 || done.has(file)) return;
      for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of imports.keys()) visit(file, []);
    assert.deepEqual(cycles, []);
  });

  it('has none of the buckets in which anything ends up', () => {
    const buckets = [...imports.keys()].filter((file) =>
      /(^|\/)(utils?|helpers?|common|types)(\/|\.ts$)/.test(file),
    );
    assert.deepEqual(buckets, []);
  });
});

describe('tests/unit', () => {
  it('needs no database, so that npm run test:unit answers in seconds', () => {
    const root = fileURLToPath(new URL('.', import.meta.url));
    const files = globSync('**/*.ts', { cwd: root });
    assert.ok(files.includes('layers.test.ts'));
    const needing = files.filter((file) =>
      /from '[^']*(?:test-database|test-service|run-program|service-process)\.ts'|new pg\./.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    );
    assert.deepEqual(needing, []);
  });
});
