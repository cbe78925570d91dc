import type { HttpApp } from './context.ts';
import { PROGRAM } from './program.ts';

const DESCRIPTION = `Keeps a vector index of a Wildberries seller's Postgres data in step with every change, and searches it.

Show a key as \`X-API-KEY: <key>\` or \`Authorization: Bearer <key>\`. **API_SECRET_KEY** is the operator's and may do everything. The key of a cabinet (\`POST /api/v1/cabinets/{cabinet_id}/keys\`) may only read, search and chat in that cabinet; \`x-access\` of each operation says whether such a key is let in, and where the id of its cabinet has to stand.

Whatever went wrong is a \`Problem\`: \`detail\` for a person, \`code\` for a program, \`request_id\` to find it in the log.`;

const TAGS = [
  { name: 'cabinets', description: 'The seller accounts, and the keys that are bound to one of them.' },
  { name: 'sync', description: 'Bringing the data of Wildberries into the tables.' },
  { name: 'rag', description: 'The index: what it does, what failed, searching it.' },
  { name: 'analytics', description: 'Figures from the source tables of a cabinet.' },
  { name: 'chat', description: 'Questions about a cabinet, answered with sources and figures.' },
  { name: 'operations', description: 'For whoever runs it.' },
  { name: 'health', description: 'What this is and whether it works; for everybody.' },
];

/** The description of the API in OpenAPI 3.1, of the routes that are registered by then. */
export function describeApi(app: HttpApp) {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: PROGRAM.name,
      version: PROGRAM.version,
      description: DESCRIPTION,
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
    },
    // Relative: right behind every proxy and on both ports.
    servers: [{ url: '/', description: 'Where this document was read. API_PORT and RAG_PORT answer alike.' }],
    tags: TAGS,
  });
  return {
    ...document,
    components: {
      ...document.components,
      securitySchemes: {
        apiKeyHeader: {
          type: 'apiKey' as const,
          in: 'header' as const,
          name: 'X-API-KEY',
          description: 'API_SECRET_KEY, or the key of a cabinet.',
        },
        bearer: {
          type: 'http' as const,
          scheme: 'bearer',
          description: 'The same keys as Authorization: Bearer.',
        },
      },
    },
  };
}
