import { createRoute, z } from '@hono/zod-openapi';
import type { HttpApp } from '../context.ts';
import type { HttpDeps } from '../deps.ts';
import { API_KEY_SECURITY, COMMON_PROBLEMS } from '../schemas.ts';

export const METRICS_PATH = '/metrics';

const metricsRoute = createRoute({
  tags: ['operations'],
  security: API_KEY_SECURITY,
  method: 'get',
  path: METRICS_PATH,
  summary: 'Metrics of this process, and of the databases, for Prometheus',
  responses: {
    200: {
      description: 'The exposition format of Prometheus; docs/operations.md lists the metrics.',
      content: { 'text/plain': { schema: z.string() } },
    },
    403: COMMON_PROBLEMS[403],
    500: COMMON_PROBLEMS[500],
  },
});

export function registerMetricsRoute(app: HttpApp, deps: Pick<HttpDeps, 'metrics'>): void {
  app.openapi(metricsRoute, async (context) => {
    const { contentType, text } = await deps.metrics();
    return context.text(text, 200, { 'content-type': contentType, 'cache-control': 'no-store' });
  });
}
