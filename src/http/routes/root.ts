import { createRoute, z } from '@hono/zod-openapi';
import { PUBLIC_ACCESS } from '../access.ts';
import type { HttpApp } from '../context.ts';
import { PROGRAM } from '../program.ts';
import { jsonAnswer } from '../schemas.ts';

const LINKS = {
  reference: '/docs',
  openapi: '/openapi.json',
  health: '/health',
  cabinets: '/api/v1/cabinets',
  sync: '/api/v1/sync/cabinet/{cabinet_id}',
  search: '/v1/rag/search',
  index: '/v1/rag/index/{cabinet_id}',
  status: '/v1/rag/status/{cabinet_id}',
  metrics: '/v1/rag/metrics/{cabinet_id}',
  prometheus: '/metrics',
};

const rootRoute = createRoute({
  ...PUBLIC_ACCESS,
  tags: ['health'],
  method: 'get',
  path: '/',
  summary: 'What this is; needs no key',
  responses: {
    200: jsonAnswer(
      z.object({ name: z.string(), version: z.string(), links: z.record(z.string(), z.string()) }),
      'Name, version and where to go on.',
      { ...PROGRAM, links: { health: LINKS.health, search: LINKS.search } },
    ),
  },
});

export function registerRootRoute(app: HttpApp): void {
  app.openapi(rootRoute, (context) => context.json({ ...PROGRAM, links: LINKS }, 200));
}
