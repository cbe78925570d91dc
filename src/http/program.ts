import { readFileSync } from 'node:fs';
import { z } from '@hono/zod-openapi';

/** What the program calls itself, from package.json. */
export const PROGRAM = z
  .object({ name: z.string(), version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
