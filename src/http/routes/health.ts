import { createRoute, z } from '@hono/zod-openapi';
import type { Health } from '../../lifecycle.ts';
import { PUBLIC_ACCESS } from '../access.ts';
import type { HttpApp } from '../context.ts';
import { createDatabaseProbe } from '../database-probe.ts';
import type { HttpDeps } from '../deps.ts';
import { jsonAnswer } from '../schemas.ts';
import { PROGRAM } from '../program.ts';

const HEALTH_PATHS = ['/health', '/v1/rag/health'] as const;

/** Counting stops here: a long backlog must not make the health check slow. */
const MAX_COUNTED_CHANGES = 10_000;
const COUNT_CHANGES = `
  select count(*)::integer as waiting from (select from rag_changes limit ${MAX_COUNTED_CHANGES + 1}) head`;

const databaseState = z.object({
  status: z.enum(['up', 'down']),
  latency_ms: z.number().optional(),
  reason: z.string().optional(),
});

const healthAnswer = z
  .object({
    status: z.enum(['up', 'degraded', 'down']),
    version: z.string(),
    databases: z.object({ main: databaseState, vector: databaseState }),
    outbox: z.object({
      waiting: z
        .number()
        .nullable()
        .openapi({
          description: `Changes not yet handed to the queue, ${MAX_COUNTED_CHANGES + 1} for more; null: unknown.`,
        }),
    }),
    rag_enabled: z.boolean(),
    services: z.record(z.string(), z.unknown()).openapi({ description: 'The parts of this process.' }),
  })
  .openapi('Health');

const EXAMPLE: z.infer<typeof healthAnswer> = {
  status: 'up',
  version: PROGRAM.version,
  databases: { main: { status: 'up', latency_ms: 0.8 }, vector: { status: 'up', latency_ms: 0.7 } },
  outbox: { waiting: 0 },
  rag_enabled: true,
  services: { listener: { status: 'up' } },
};

const healthRoute = (path: string) =>
  createRoute({
    ...PUBLIC_ACCESS,
    tags: ['health'],
    method: 'get',
    path,
    summary: 'Whether the program does its work; needs no key',
    responses: {
      200: jsonAnswer(healthAnswer, 'It does, though perhaps degraded.', EXAMPLE),
      503: jsonAnswer(healthAnswer, 'It does not: a database or a part of the process is down.', {
        ...EXAMPLE,
        status: 'down',
        databases: { ...EXAMPLE.databases, vector: { status: 'down', reason: 'database_unreachable' } },
      }),
    },
  });

export function registerHealthRoutes(
  app: HttpApp,
  deps: Pick<HttpDeps, 'main' | 'vector' | 'health' | 'ragEnabled'>,
): void {
  const probeMain = createDatabaseProbe<{ waiting: number }>(deps.main, COUNT_CHANGES);
  const probeVector = createDatabaseProbe(deps.vector, 'select 1');

  for (const path of HEALTH_PATHS) {
    app.openapi(healthRoute(path), async (context) => {
      const [main, vector] = await Promise.all([probeMain(), probeVector()]);
      const { status: own, ...services } = withoutPasswords(deps.health());
      const down = [main.state.status, vector.state.status, own].includes('down');
      const status = down ? ('down' as const) : own;
      context.header('cache-control', 'no-store');
      return context.json(
        {
          status,
          version: PROGRAM.version,
          databases: { main: main.state, vector: vector.state },
          outbox: { waiting: main.row?.waiting ?? null },
          rag_enabled: deps.ragEnabled,
          services,
        },
        down ? 503 : 200,
      );
    });
  }
}

/** The last guard of an answer that everybody may read: no part's detail can show the password of a URL. */
function withoutPasswords(health: Health): Health {
  return JSON.parse(
    JSON.stringify(health, (_key, value: unknown) =>
      typeof value === 'string' ? value.replaceAll(/\/\/[^\s/]*@/g, '//…@') : value,
    ),
  ) as Health;
}
