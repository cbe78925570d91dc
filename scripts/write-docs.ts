// `npm run docs`: writes what is derived from the code. tests/unit/docs.test.ts fails when it was forgotten.
import { writeFileSync } from 'node:fs';
import { DERIVED_DOCS } from './derived-docs.ts';

for (const [file, text] of Object.entries(DERIVED_DOCS)) {
  writeFileSync(new URL(`../${file}`, import.meta.url), text);
  console.log(`wrote ${file}`);
}
