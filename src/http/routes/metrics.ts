import { createRoute, z } from '@hono/zod-openapi';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { OPERATOR_ACCESS } from '../access.ts';
import { COMMON_PROBLEMS } from '../schemas.ts';

const metricsRoute = createRoute({
  ...OPERATOR_ACCESS,
  tags: ['operations'],
  method: 'get',
  path: '/metrics',
  summary: 'Metrics of this process, and of the databases, for Prometheus',
  responses: {
    200: {
      description: 'The exposition format of Prometheus; docs/metrics.md lists the metrics.',
      content: { 'text/plain': { schema: z.string() } },
    },
    ...COMMON_PROBLEMS,
  },
});

export function registerMetricsRoute(app: HttpApp, deps: Pick<HttpDeps, 'metrics'>): void {
  app.openapi(metricsRoute, async (context) => {
    const { contentType, text } = await deps.metrics();
    return context.text(text, 200, { 'content-type': contentType, 'cache-control': 'no-store' });
  });
}
