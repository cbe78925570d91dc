import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { AppError } from '../../errors.ts';
import { PUBLIC_ACCESS } from '../access.ts';
import type { HttpApp, HttpEnv } from '../context.ts';
import { describeApi } from '../openapi.ts';
import {
  PAGE_FILE_NAMES,
  PAGE_POLICY,
  readPageFile,
  REFERENCE_PAGE,
  toPageFile,
  type PageFile,
} from '../reference-page.ts';
import { problemAnswer } from '../schemas.ts';

const common = { ...PUBLIC_ACCESS, tags: ['health'], method: 'get' as const };

const NOT_MODIFIED = { 304: { description: 'It is still what If-None-Match names.' } };

const textOf = (type: string, example?: unknown) => ({
  [type]: { schema: { type: 'string' as const }, ...(example === undefined ? {} : { example }) },
});

const documentRoute = createRoute({
  ...common,
  path: '/openapi.json',
  summary: 'This description of the API, in OpenAPI 3.1; needs no key',
  responses: {
    200: {
      description: 'The description.',
      content: {
        'application/json': {
          schema: { type: 'object' as const },
          example: { openapi: '3.1.0', info: { title: 'wb-assist', version: '0.1.0' }, paths: {} },
        },
      },
    },
    ...NOT_MODIFIED,
  },
});

const pageRoute = createRoute({
  ...common,
  path: '/docs',
  summary: 'The same as a page for people; needs no key',
  responses: {
    200: { description: 'The page.', content: textOf('text/html', '<!doctype html>…') },
    ...NOT_MODIFIED,
  },
});

const fileRoute = createRoute({
  ...common,
  path: '/docs/{file}',
  summary: 'What the page consists of; needs no key',
  request: {
    params: z.object({ file: z.string().openapi({ enum: PAGE_FILE_NAMES, example: 'swagger-ui.css' }) }),
  },
  responses: {
    200: {
      description: 'The file.',
      content: { ...textOf('text/css'), ...textOf('text/javascript'), ...textOf('image/png') },
    },
    ...NOT_MODIFIED,
    404: problemAnswer('The page has no such file.', 'route_not_found'),
  },
});

/** After all other routes: what is registered later is not described. */
export function registerDocsRoutes(app: HttpApp): void {
  let document: PageFile | undefined;

  app.openapi(documentRoute, (context) => {
    document ??= toPageFile(JSON.stringify(describeApi(app)), 'application/json');
    return answer(context, document);
  });

  app.openapi(pageRoute, (context) => {
    context.header('content-security-policy', PAGE_POLICY);
    return answer(context, REFERENCE_PAGE);
  });

  app.openapi(fileRoute, async (context) => {
    const file = await readPageFile(context.req.valid('param').file);
    if (file === undefined) throw new AppError('route_not_found', 'The page has no such file.');
    return answer(context, file);
  });
}

/** Kept by whoever asked, who asks each time whether it is still right: an upgrade must be seen at once. */
function answer(context: Context<HttpEnv>, { body, type, etag }: PageFile): Response {
  context.header('cache-control', 'public, no-cache');
  context.header('etag', etag);
  const known = context.req.header('if-none-match')?.split(',') ?? [];
  if (known.some((tag) => tag.trim().replace(/^W\//, '') === etag)) return context.body(null, 304);
  context.header('content-type', type);
  return context.body(body);
}
